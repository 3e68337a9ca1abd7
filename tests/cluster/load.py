"""Sends GET requests by many connections, faster than threads could: at a steady rate, or as fast as they go.

Strict on purpose: what a browser would send again counts as failed. Loopback only, bounded in time.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

NO_ANSWER = 0
"""Stands among statuses for a request that got none, or not all of its answer."""

ANSWER_SECONDS = 30.0
LONGEST_SECONDS = 300.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Load:
    """What has come of the requests so far: statuses, and the seconds that each answered one took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds that requests were sent for."""
        return (self.ended or time.monotonic()) - self.started

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.statuses.total() / self.elapsed

    def __str__(self) -> str:
        failed = f", failures {dict(self.failures)}" if self.failures else ""
        return (
            f"{self.statuses.total()} requests in {self.elapsed:.1f} s ({self.rate:.0f}/s),"
            f" statuses {dict(self.statuses)}{failed}"
        )


@contextmanager
def load(url: str, *, connections: int, rate: float | None = None, keep_alive: bool = True) -> Iterator[Load]:
    """Send requests until the block ends, `rate` of them a second in all; None means as fast as answers come.

    `connections` is how many requests can be under way at once. Without `keep_alive` each request has a
    connection of its own.
    """
    result = Load()
    end = threading.Event()
    thread = threading.Thread(
        target=asyncio.run, args=(_send(url, connections, rate, keep_alive, result, end),), daemon=True
    )
    thread.start()
    try:
        yield result
    finally:
        end.set()
        thread.join(timeout=2 * ANSWER_SECONDS)


async def _send(
    url: str, connections: int, rate: float | None, keep_alive: bool, result: Load, end: threading.Event
) -> None:
    numbers = count()
    result.started = time.monotonic()

    async def sender() -> None:
        connection: Connection | None = None
        while not end.is_set() and time.monotonic() < result.started + LONGEST_SECONDS:
            if rate is not None:
                await asyncio.sleep(result.started + next(numbers) / rate - time.monotonic())
            connection = await _request(url, keep_alive, connection, result)
        if connection is not None:
            await _close(connection)

    await asyncio.gather(*(sender() for _ in range(connections)))
    result.ended = time.monotonic()


async def _request(
    url: str, keep_alive: bool, connection: Connection | None, result: Load
) -> Connection | None:
    """Send one request and note what comes of it; return the connection if it can be used again."""
    target = urlsplit(url)
    began = time.perf_counter()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            if connection is None:
                connection = await asyncio.open_connection(target.hostname, target.port)
            status, stays_open = await _exchange(connection, target.path, target.netloc, keep_alive)
    except (OSError, EOFError, ValueError, TimeoutError) as error:
        result.statuses[NO_ANSWER] += 1
        result.failures[type(error).__name__] += 1
        stays_open = False
    else:
        result.statuses[status] += 1
        result.seconds.append(time.perf_counter() - began)
    if connection is not None and not stays_open:
        await _close(connection)
        return None
    return connection


async def _exchange(connection: Connection, path: str, host: str, keep_alive: bool) -> tuple[int, bool]:
    """Return the answer's status, and whether the server keeps the connection open."""
    reader, writer = connection
    wish = "keep-alive" if keep_alive else "close"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: {wish}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return int(status.split()[1]), keep_alive and headers.get("connection", "").lower() != "close"


async def _close(connection: Connection) -> None:
    connection[1].close()
    with suppress(OSError):
        await connection[1].wait_closed()
