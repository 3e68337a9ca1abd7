"""A Flask project: tells what it sees of its prefix. Two applications, to test how the callable is found."""

import os
import threading
import time

from flask import Flask, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

app = Flask(__name__)
application = Flask("the-other-one")


@app.get("/where")
def where() -> Response:
    return jsonify(
        prefix=request.script_root,
        header=request.headers.get("X-VH-Prefix"),
        path=request.path,
        link=url_for("where"),
        scheme=request.scheme,
        client=request.remote_addr,
        forwarded_prefix=request.headers.get("X-Forwarded-Prefix"),
    )


@app.get("/away")
def away() -> WerkzeugResponse:
    return redirect(url_for("where"))


@app.get("/slow/<float:seconds>")
def slow(seconds: float) -> str:
    print("the slow request has begun", flush=True)
    time.sleep(seconds)
    return "done"


@app.post("/echo")
def echo() -> bytes:
    return request.get_data()


@app.get("/process")
def process() -> Response:
    return jsonify(pid=os.getpid(), parent=os.getppid(), thread=threading.get_ident())


@application.get("/which")
def which() -> str:
    return "application"
