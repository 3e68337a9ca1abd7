"""A Starlette project that mounts its routes at its prefix, for servers that do not tell it."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route


async def where(request: Request) -> JSONResponse:
    return JSONResponse({"link": request.url_for("where").path, "scheme": request.url.scheme})


routes = [Route("/where", where, name="where")]
app = Starlette(routes=[Mount(os.environ["VH_DEFAULT_PREFIX"], routes=routes)])
