"""The one error that a user of the embedded cluster can cause."""


class ClusterError(Exception):
    """Something that the user can mend.

    Its text says what was found and what to do, and is shown without a trace.
    """
