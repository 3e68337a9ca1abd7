"""A FastAPI project: lifespan, a mounted application, documentation pages, a WebSocket, a stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.model = "loaded"
    yield
    print("the lifespan has ended", flush=True)


app = FastAPI(lifespan=lifespan)
mounted = FastAPI()


@app.get("/where")
async def where(request: Request) -> dict[str, str | None]:
    assert request.app.state.model == "loaded"
    return {
        "prefix": request.scope["root_path"],
        "header": request.headers.get("x-vh-prefix"),
        "path": request.scope["path"][len(request.scope["root_path"]) :],
        "link": request.url_for("where").path,
        "scheme": request.url.scheme,
        "client": request.client.host if request.client else None,
        "forwarded_prefix": request.headers.get("x-forwarded-prefix"),
    }


@app.get("/slow/{seconds}")
async def slow(seconds: float) -> str:
    print("the slow request has begun", flush=True)
    await asyncio.sleep(seconds)
    return "done"


@app.get("/events/{count}")
async def events(request: Request, count: int) -> StreamingResponse:
    async def stream() -> AsyncIterator[str]:
        for number in range(count):
            if await request.is_disconnected():
                print(f"the client has gone before event {number}", flush=True)
                return
            yield f"data: {number}\n\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.websocket("/socket")
async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.scope["root_path"])
    await websocket.close()


@mounted.get("/where")
async def where_mounted(request: Request) -> dict[str, str]:
    return {"prefix": request.scope["root_path"], "link": request.url_for("where_mounted").path}


app.mount("/mounted", mounted)
