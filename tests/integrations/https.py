"""HTTPS requests to the embedded cluster's router on loopback, each by a connection of its own."""

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.deployments.requests import https_request

MOST_REQUESTS = 20_000
PAUSE_SECONDS = 0.01


def certificate_served(address: str, host: str, authority: Path) -> bytes:
    """Return the certificate by which a router at `address` answers; the authority must vouch for it."""
    router, _, port = address.partition(":")
    trusted = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection((router, int(port)), timeout=30) as plain,
        trusted.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        certificate = encrypted.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate


@contextmanager
def steady_https_requests(
    address: str, host: str, path: str, authority: Path, threads: int = 2
) -> Iterator[Counter[int | str]]:
    """GET the path until the block ends, a bounded number of times.

    Yields the count of every status so far; what got no answer counts by the name of its error.
    """
    results: Counter[int | str] = Counter()
    ended = threading.Event()

    def send() -> None:
        for _ in range(MOST_REQUESTS // threads):
            if ended.wait(PAUSE_SECONDS):
                return
            try:
                results[https_request(address, host, path, authority).status] += 1
            except OSError as error:
                results[f"{type(error).__name__}: {error}"] += 1

    senders = [threading.Thread(target=send, daemon=True) for _ in range(threads)]
    for sender in senders:
        sender.start()
    try:
        yield results
    finally:
        ended.set()
        for sender in senders:
            sender.join(timeout=60)
