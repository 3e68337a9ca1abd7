"""A bare WSGI callable. The module's callable is named `app`, which the launcher tries second."""

import json
from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    body = json.dumps(
        {
            "prefix": environ["SCRIPT_NAME"],
            "header": environ.get("HTTP_X_VH_PREFIX"),
            "path": environ["PATH_INFO"],
            "link": environ["SCRIPT_NAME"] + "/where",
            "scheme": environ["wsgi.url_scheme"],
            "client": environ["REMOTE_ADDR"],
            "forwarded_prefix": environ.get("HTTP_X_FORWARDED_PREFIX"),
        }
    ).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
