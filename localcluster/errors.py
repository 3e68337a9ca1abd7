"""The one error that a user of the embedded cluster can cause."""


class ClusterError(Exception):
    """An error that the user can fix.

    Its text says what was found and what to do, and is shown without a trace.
    """
