"""Sends requests to the embedded cluster's router, on loopback, a bounded number of them."""

import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


def request(
    url: str,
    body: bytes | None = None,
    content_type: str = "application/octet-stream",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """GET the URL, or POST the body to it; an HTTP error is an answer, too. Status 0: no answer at all."""
    sent = {**(headers or {}), **({"Content-Type": content_type} if body else {})}
    asked = urllib.request.Request(url, data=body, headers=sent)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return Answer(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode())
    except OSError as error:
        return Answer(0, str(error))


def https_request(address: str, host: str, path: str, authority: Path) -> Answer:
    """GET the path of the host from a router at `address`, whose certificate the authority vouches for."""
    router, _, port = address.partition(":")
    trusted = ssl.create_default_context(cafile=str(authority))
    connection = http.client.HTTPConnection(host)
    with (
        socket.create_connection((router, int(port)), timeout=30) as plain,
        trusted.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        connection.sock = encrypted
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read().decode())


@contextmanager
def steady_requests(
    url: str, threads: int = 1, pause: float = 0.02, headers: Mapping[str, str] | None = None
) -> Iterator[Counter[int]]:
    """Send GETs until the block ends, five minutes at most; yields the count of every status so far."""
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def send() -> None:
        for _ in range(int(300 / pause)):
            if ended.wait(pause):
                return
            statuses[request(url, headers=headers).status] += 1

    senders = [threading.Thread(target=send, daemon=True) for _ in range(threads)]
    for sender in senders:
        sender.start()
    try:
        yield statuses
    finally:
        ended.set()
        for sender in senders:
            sender.join(timeout=60)
