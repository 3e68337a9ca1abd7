"""Lines of several streams in one, as they come."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from queue import Queue

_MOST_WAITING = 1000
"""Lines that are kept for a slow terminal; then the streams wait for it."""


def interleaved(streams: Sequence[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of all streams, those of each in their order, until every stream has ended.

    What reading a stream raises is raised here at once, whatever the others do. A stream that says nothing
    does not keep an interrupted program from ending, as it would if a pool of threads read it.
    """
    arrived: Queue[str | Exception | None] = Queue(_MOST_WAITING)

    def read(stream: Iterable[str]) -> None:
        try:
            for line in stream:
                arrived.put(line)
        except Exception as error:
            arrived.put(error)
        else:
            arrived.put(None)

    for stream in streams:
        threading.Thread(target=read, args=(stream,), daemon=True).start()
    reading = len(streams)
    while reading:
        match arrived.get():
            case None:
                reading -= 1
            case Exception() as error:
                raise error
            case line:
                yield line
