"""A bare ASGI callable, without lifespan."""

import json
from collections.abc import Awaitable, Callable
from typing import Any


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Any]],  # noqa: ARG001 - the protocol's signature
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    body = json.dumps(
        {
            "prefix": scope["root_path"],
            "header": headers.get("x-vh-prefix"),
            "path": scope["path"][len(scope["root_path"]) :],
            "link": scope["root_path"] + "/where",
            "scheme": scope["scheme"],
            "client": scope["client"][0],
            "forwarded_prefix": headers.get("x-forwarded-prefix"),
        }
    ).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    )
    await send({"type": "http.response.body", "body": body})
