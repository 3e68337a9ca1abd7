"""One line for each request, on standard output."""

import datetime
import json
import re
from typing import Any, Dict

from gunicorn.glogging import Logger

from .client import client_address
from .wsgi import HEALTH_PATH

_NAMED = re.compile(r"%\(([^)]*)\)")

_CHEAP = frozenset("hrsBLMa")
"""What `_atoms` gives: the address, the request, its status, bytes, seconds, milliseconds and agent."""


class AccessLog(Logger):  # type: ignore[misc]
    """gunicorn's log with the router's clients, without the kubelet's health checks every few seconds."""

    def setup(self, cfg: Any) -> None:
        """Take over the settings; called once they are all known."""
        super().setup(cfg)
        self._is_cheap = _CHEAP.issuperset(_NAMED.findall(cfg.access_log_format))

    def access(self, resp: Any, req: Any, environ: Dict[str, Any], request_time: datetime.timedelta) -> None:
        """Log one answered request."""
        # gunicorn before 24 has no such attribute.
        if environ.get("RAW_URI") != HEALTH_PATH and getattr(self, "access_log_enabled", True):
            self.write(resp, req, environ, request_time)

    def write(self, resp: Any, req: Any, environ: Dict[str, Any], request_time: datetime.timedelta) -> None:
        """Write the line by gunicorn's setting `access_log_format`."""
        super().access(resp, req, environ, request_time)

    def atoms(
        self, resp: Any, req: Any, environ: Dict[str, Any], request_time: datetime.timedelta
    ) -> Dict[str, Any]:
        """Return what the format can name.

        gunicorn's own has an entry for every header, the environment and the date besides. All that is left
        out where the format does not ask: it takes longer than everything else about the line.
        """
        if self._is_cheap:
            return _atoms(resp, environ, request_time)
        atoms: Dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return dict(atoms, h=_address(environ))


class JsonAccessLog(AccessLog):
    """The same as one JSON object a line, which log collectors read without rules of their own."""

    def write(self, resp: Any, req: Any, environ: Dict[str, Any], request_time: datetime.timedelta) -> None:
        """Write the line; `seconds` is the time until the answer was complete, `bytes` its body's length."""
        atoms = self.atoms(resp, req, environ, request_time)
        entry = {
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"),
            "remote": atoms["h"],
            "request": atoms["r"],
            "status": int(atoms["s"]),
            "bytes": atoms["B"],
            "seconds": float(atoms["L"]),
            "agent": atoms["a"],
        }
        self.access_log.info("%s", json.dumps(entry))


def _atoms(resp: Any, environ: Dict[str, Any], request_time: datetime.timedelta) -> Dict[str, Any]:
    """Return gunicorn's atoms that `_CHEAP` names, by the same rules."""
    status = resp.status
    # gunicorn's worker for ASGI has a class of its own for the time, with these two attributes.
    seconds, microseconds = request_time.seconds, request_time.microseconds
    return {
        "h": _address(environ),
        "r": f"{environ['REQUEST_METHOD']} {environ['RAW_URI']} {environ['SERVER_PROTOCOL']}",
        "s": status.split(None, 1)[0] if isinstance(status, str) else status,
        "B": getattr(resp, "sent", None),
        "L": f"{seconds}.{microseconds:06}",
        "M": seconds * 1000 + microseconds // 1000,
        "a": environ.get("HTTP_USER_AGENT", "-"),
    }


def _address(environ: Dict[str, Any]) -> Any:
    return client_address(environ.get("HTTP_X_FORWARDED_FOR", "")) or environ.get("REMOTE_ADDR", "-")
