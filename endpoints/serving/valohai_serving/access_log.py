"""One line for each request, on standard output."""

import datetime
import json
from typing import Any, Dict

from gunicorn.glogging import Logger

from .client import client_address
from .wsgi import HEALTH_PATH


class AccessLog(Logger):  # type: ignore[misc]
    """gunicorn's log with the router's clients, without the kubelet's health checks every few seconds."""

    def access(self, resp: Any, req: Any, environ: Dict[str, Any], request_time: datetime.timedelta) -> None:
        """Log one answered request."""
        if environ.get("RAW_URI") != HEALTH_PATH:
            address = client_address(environ.get("HTTP_X_FORWARDED_FOR", "")) or environ.get("REMOTE_ADDR")
            self.write(resp, req, dict(environ, REMOTE_ADDR=address), request_time)

    def write(self, resp: Any, req: Any, environ: Dict[str, Any], request_time: datetime.timedelta) -> None:
        """Write the line by gunicorn's setting `access_log_format`."""
        super().access(resp, req, environ, request_time)


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
