"""What the serving layer says of the application's failures."""

import errno
import logging
import sys

FAILED_START = 3
"""The exit status after an application that could not be started; gunicorn's own."""

NO_APPLICATION = 4
"""The exit status where there is no application to start, which only a change can mend; gunicorn's own."""

DYING_WORKERS = 5
"""The exit status after workers have ended again and again."""

_NEEDS_MAIN_THREAD = (
    "signal only works in main thread",
    "There is no current event loop in thread",
    "SQLite objects created in a thread can only be used in that same thread",
)
"""How Python refuses what only the thread that imported the application may do."""

LOG_FORM = "[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s"
LOG_TIME = "%Y-%m-%d %H:%M:%S %z"
"""How gunicorn writes lines about itself; `endpoints status` tells them from an application's last words."""

log = logging.getLogger("valohai_serving")


class NoApplicationError(Exception):
    """What `wsgi` names cannot be served; the message says why and what to do."""


class StartFailedError(Exception):
    """The application says of itself that it could not start."""


class BrokenAnswerError(BrokenPipeError):
    """Ends the connection of an answer that cannot be completed; what happened is in the log already.

    Servers take it for a client that has gone, and write nothing more of it.
    """

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the answer cannot be completed")


def start_logging() -> None:
    """Write what this package says to standard error, in the form of gunicorn's own lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(LOG_FORM, LOG_TIME))
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


def log_failure(method: str, path: str, error: BaseException) -> None:
    """Log an exception of the application with its traceback, and a remedy where one is known."""
    log.error("Error handling request %s %s", method, path, exc_info=error)
    if any(sign in str(error) for sign in _NEEDS_MAIN_THREAD):
        log.error(
            "This code needs the thread that imported the application: set `threads: 1` for the endpoint in"
            " the stack file, with `server: gunicorn`"
        )


def too_late(seconds: int) -> str:
    """Return the last words of a server whose application was not ready in time."""
    return (
        f"The application was not ready {seconds} s after its start. If it needs longer, raise"
        " probe.startupSeconds in the stack file."
    )


def say(text: str) -> None:
    """Write why the server ends: last of all, so that Kubernetes shows it as the pod's last words."""
    print(text, file=sys.stderr, flush=True)
