"""A Dash project for `wsgi`: browsers send the prefix, which the server takes off."""

import os

from dash import Dash, html  # type: ignore[import-not-found]

app = Dash(__name__, requests_pathname_prefix=os.environ["SCRIPT_NAME"] + "/", routes_pathname_prefix="/")
app.layout = html.Div("Digits")
