"""The line that is often recommended, which names an attribute that Flask does not have."""

import os

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

app = Flask(__name__)
app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
    app.wsgi,  # type: ignore[attr-defined]
    {os.environ.get("SCRIPT_NAME", "/"): app.wsgi_app},
)
