"""Greets: the server behind the endpoint `greet`, with Python's standard library alone.

A `server-command` gets the whole path of each request, so it takes the endpoint's prefix off by itself.
"""

import argparse
import json
import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PREFIX = os.environ.get("VH_DEFAULT_PREFIX", "")


class Greeter(BaseHTTPRequestHandler):
    """Answers GET <prefix>?name=Ada."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path.rstrip("/") != PREFIX:
            return self.answer(HTTPStatus.NOT_FOUND, {"error": f"greetings are at {PREFIX or '/'}"})
        name = parse_qs(url.query).get("name", ["world"])[0]
        return self.answer(HTTPStatus.OK, {"greeting": f"Hello, {name}!", "prefix": PREFIX})

    def answer(self, status: HTTPStatus, content: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    ThreadingHTTPServer(("", parser.parse_args().port), Greeter).serve_forever()
