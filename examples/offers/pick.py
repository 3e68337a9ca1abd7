"""Picks an offer: `GET .../pick?visits=3`."""

import json
from urllib.parse import parse_qs


def application(environ, start_response):
    visits = int(parse_qs(environ.get("QUERY_STRING", "")).get("visits", ["0"])[0])
    offer = "welcome" if visits < 2 else "bundle" if visits < 10 else "loyalty"
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"offer": offer}).encode()]
