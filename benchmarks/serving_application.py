"""What `benchmarks.serving` serves: three kinds of work, each with 64 numbers in and a digit out."""

import time
from typing import Any

import numpy
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
random = numpy.random.default_rng(0)
linear = random.normal(size=(64, 10))
layers = [random.normal(size=shape) / 20 for shape in ((64, 1024), (1024, 1024), (1024, 10))]


def pixels() -> numpy.ndarray:
    return numpy.asarray(request.get_json()["pixels"], dtype=numpy.float64)


@app.post("/small")
def small() -> Response:
    return jsonify(digit=int((pixels() @ linear).argmax()))


@app.post("/large")
def large() -> Response:
    values = numpy.tile(pixels(), (8, 1))
    for weights in layers:
        values = numpy.maximum(values @ weights, 0)
    return jsonify(digit=int(values[0].argmax()))


@app.post("/waiting")
def waiting() -> Response:
    time.sleep(0.02)
    return small()


@app.get("/hello")
@app.post("/hello")
def hello() -> str:
    return "ok"


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer as `hello` does, from an event loop."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
