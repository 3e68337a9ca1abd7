"""A Flask project under its prefix, for servers that do not know of it."""

import os

from flask import Flask, jsonify, redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

app = Flask(__name__)


@app.get("/where")
def where() -> Response:
    return jsonify(link=url_for("where"))


@app.get("/away")
def away() -> Response:
    return redirect(url_for("where"))


app.wsgi_app = DispatcherMiddleware(NotFound(), {os.environ["SCRIPT_NAME"]: app.wsgi_app})  # type: ignore[method-assign]
