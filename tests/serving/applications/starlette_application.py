"""A Starlette project."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def where(request: Request) -> JSONResponse:
    return JSONResponse(
        {
            "prefix": request.scope["root_path"],
            "header": request.headers.get("x-vh-prefix"),
            "path": request.scope["path"][len(request.scope["root_path"]) :],
            "link": request.url_for("where").path,
            "scheme": request.url.scheme,
            "client": request.client.host if request.client else None,
            "forwarded_prefix": request.headers.get("x-forwarded-prefix"),
        }
    )


app = Starlette(routes=[Route("/where", where, name="where")])
