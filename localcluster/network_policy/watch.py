"""A list of the API's objects that is kept up to date.

Not by the official client: pods of a starting cluster would wait for seconds until its watches are imported,
and its informer neither tells when an empty list is complete nor pauses while the API server is away.
"""

import http.client
import json
import ssl
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

PAUSE_SECONDS = 0.3
"""Between a broken connection and the next try."""
WATCH_SECONDS = 300
SILENCE_SECONDS = 15.0 + WATCH_SECONDS


class ApiServer:
    """The API server, asked with a client certificate."""

    def __init__(self, url: str, authority: Path, identity: Path) -> None:
        """Take the server's URL, the certificate to trust, and the client's, without `.crt` and `.key`."""
        self._address = urllib.parse.urlsplit(url).netloc
        self._context = ssl.create_default_context(cafile=str(authority))
        self._context.load_cert_chain(f"{identity}.crt", f"{identity}.key")

    def lines(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """Give the answer line by line, as it comes; raises OSError or HTTPException."""
        connection = http.client.HTTPSConnection(
            self._address, timeout=SILENCE_SECONDS, context=self._context
        )
        try:
            connection.request("GET", f"{path}?{urllib.parse.urlencode(query)}")
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise ConnectionError(f"{answer.status} {answer.read(1000).decode(errors='replace').strip()}")
            yield from answer
        finally:
            connection.close()


def watch(
    server: ApiServer,
    path: str,
    query: Mapping[str, str],
    replace: Callable[[list[Any]], None],
    change: Callable[[str, Any], None],
) -> None:
    """List the objects at `path` and follow their changes, once; return when a new list is needed.

    `replace` gets every object, then `change` gets ADDED, MODIFIED or DELETED with the object. Raises OSError
    or HTTPException when the server does not answer.
    """
    listed = json.loads(b"".join(server.lines(path, query)))
    replace(listed["items"])
    following = {
        **query,
        "watch": "true",
        "resourceVersion": listed["metadata"]["resourceVersion"],
        "timeoutSeconds": str(WATCH_SECONDS),
    }
    for line in server.lines(path, following):
        event = json.loads(line)
        if event["type"] == "ERROR":
            # Mostly that the version is too old to be followed.
            return
        change(event["type"], event["object"])


def watch_forever(
    server: ApiServer,
    path: str,
    query: Mapping[str, str],
    replace: Callable[[list[Any]], None],
    change: Callable[[str, Any], None],
) -> threading.Thread:
    """Watch in a thread of its own, and start again whenever the connection breaks."""

    def run() -> None:
        said = ""
        while True:
            try:
                watch(server, path, query, replace, change)
                said = ""
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
                if str(error) != said:
                    said = str(error)
                    print(f"watching {path}: {said}", file=sys.stderr, flush=True)
            time.sleep(PAUSE_SECONDS)

    thread = threading.Thread(target=run, name=path, daemon=True)
    thread.start()
    return thread
