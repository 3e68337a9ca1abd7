"""Sends requests by many connections, faster than threads could: at a steady rate, or as fast as they go.

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


@dataclass(frozen=True)
class Message:
    """A request, ready to be sent."""

    host: str
    port: int
    content: bytes
    keep_alive: bool

    @classmethod
    def to(cls, url: str, keep_alive: bool, body: bytes | None) -> "Message":
        """Return a GET of the URL, or a POST of the JSON body to it."""
        target = urlsplit(url)
        assert target.hostname is not None
        headers = [
            f"{'GET' if body is None else 'POST'} {target.path} HTTP/1.1",
            f"Host: {target.netloc}",
            f"Connection: {'keep-alive' if keep_alive else 'close'}",
        ]
        if body is not None:
            headers += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        content = "\r\n".join([*headers, "", ""]).encode() + (body or b"")
        return cls(target.hostname, target.port or 80, content, keep_alive)


@contextmanager
def load(
    url: str,
    *,
    connections: int,
    rate: float | None = None,
    keep_alive: bool = True,
    body: bytes | None = None,
) -> Iterator[Load]:
    """Send requests until the block ends, `rate` of them a second in all; None means as fast as answers come.

    `connections` is how many requests can be under way at once. Without `keep_alive` each request has a
    connection of its own. With a `body`, of JSON, they are POSTs of it.
    """
    message = Message.to(url, keep_alive, body)
    result = Load()
    end = threading.Event()
    thread = threading.Thread(
        target=asyncio.run, args=(_send(message, connections, rate, result, end),), daemon=True
    )
    thread.start()
    try:
        yield result
    finally:
        end.set()
        thread.join(timeout=2 * ANSWER_SECONDS)


async def _send(
    message: Message, connections: int, rate: float | None, result: Load, end: threading.Event
) -> None:
    numbers = count()
    result.started = time.monotonic()

    async def sender() -> None:
        connection: Connection | None = None
        while not end.is_set() and time.monotonic() < result.started + LONGEST_SECONDS:
            if rate is not None:
                await asyncio.sleep(result.started + next(numbers) / rate - time.monotonic())
            connection = await _request(message, connection, result)
        if connection is not None:
            await _close(connection)

    await asyncio.gather(*(sender() for _ in range(connections)))
    result.ended = time.monotonic()


async def _request(message: Message, connection: Connection | None, result: Load) -> Connection | None:
    """Send one request and note what comes of it; return the connection if it can be used again."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            if connection is None:
                connection = await asyncio.open_connection(message.host, message.port)
            status, stays_open = await _exchange(connection, message)
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


async def _exchange(connection: Connection, message: Message) -> tuple[int, bool]:
    """Return the answer's status, and whether the server keeps the connection open."""
    reader, writer = connection
    writer.write(message.content)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    closes = headers.get("connection", "").lower() == "close"
    return int(status.split()[1]), message.keep_alive and not closes


async def _close(connection: Connection) -> None:
    connection[1].close()
    with suppress(OSError):
        await connection[1].wait_closed()
