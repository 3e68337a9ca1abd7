"""A FastAPI project that takes its prefix from the environment, for servers that do not tell it."""

import os

from fastapi import FastAPI, Request

app = FastAPI(root_path=os.environ["VH_DEFAULT_PREFIX"])


@app.get("/where")
async def where(request: Request) -> dict[str, str]:
    return {"link": request.url_for("where").path, "scheme": request.url.scheme}
