"""gunicorn's `wsgi.errors`, which looks for what it writes to when it writes."""

from typing import Any, List

from gunicorn.http import wsgi
from gunicorn.http.wsgi import WSGIErrorsWrapper


class Errors(WSGIErrorsWrapper):  # type: ignore[misc]
    """Costs a request nothing but its own making, since few write there."""

    def __init__(self, cfg: Any) -> None:
        """Remember gunicorn's settings, which tell where errors go."""
        self._cfg = cfg

    @property
    def streams(self) -> List[Any]:
        """Where gunicorn would write to."""
        found: List[Any] = WSGIErrorsWrapper(self._cfg).streams
        return found


def use_for_every_request() -> None:
    """Let gunicorn make this one, for which it has no setting."""
    wsgi.WSGIErrorsWrapper = Errors
