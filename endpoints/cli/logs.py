"""`logs`: shows endpoint logs."""

import argparse
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from queue import Queue

from endpoints.cli.arguments import add_stack_arguments, chosen_stack
from endpoints.cluster.api import Object
from endpoints.cluster.quantities import running_together
from endpoints.deployed.cluster import EndpointCluster
from endpoints.errors import ProjectError
from endpoints.plan.overrides import CONTAINER

_MOST_WAITING = 1000
"""Lines that are kept for a slow terminal; then the streams wait for it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("endpoint", metavar="ENDPOINT", help="an address or the end of one: latest/greet")
    add_stack_arguments(parser)
    parser.add_argument(
        "-n",
        "--lines",
        type=int,
        default=100,
        help="number of lines of each pod, from the end (default: 100)",
    )
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing new lines")
    parser.add_argument(
        "--previous", action="store_true", help="logs of the containers before they restarted"
    )


def run(options: argparse.Namespace) -> int:
    """Print the logs, each line after the names of its pod and container where there are several.

    Of containers before they restarted those are left out that never did.
    """
    stack, root, outputs = chosen_stack(options)
    cluster = EndpointCluster.of_stack(stack, root)
    targets = outputs.find(options.endpoint).targets
    pods = [(address, pod) for address in targets for pod in cluster.pods(address)]
    if not pods:
        raise ProjectError(f"{options.endpoint}: has no pods; see python -m endpoints status")
    logs = [
        _after(
            _prefix(
                str(pod["metadata"]["name"]) if len(pods) > 1 else "", container if len(found) > 1 else ""
            ),
            cluster.log(
                address,
                str(pod["metadata"]["name"]),
                container,
                lines=options.lines,
                follow=options.follow,
                previous=options.previous,
            ),
        )
        for address, pod in pods
        for found in [containers_of(pod, restarted=options.previous)]
        for container in found
    ]
    for line in interleaved(logs) if options.follow else chain.from_iterable(logs):
        print(line, flush=options.follow)
    return 0


def containers_of(pod: Object, *, restarted: bool) -> list[str]:
    """Return the names of a pod's containers, the server's first; with `restarted`, of those that were."""
    statuses = [
        *(pod.get("status", {}).get("containerStatuses") or ()),
        *(pod.get("status", {}).get("initContainerStatuses") or ()),
    ]
    counts = {str(status["name"]): int(status.get("restartCount") or 0) for status in statuses}
    names = [str(container["name"]) for container in reversed(running_together(pod["spec"]))]
    names.sort(key=lambda name: name != CONTAINER)
    return [name for name in names if counts.get(name)] or names[:1] if restarted else names


def _prefix(pod: str, container: str) -> str:
    names = " ".join(filter(None, (pod, container)))
    return f"{names}: " if names else ""


def _after(prefix: str, lines: Iterable[str]) -> Iterator[str]:
    return (f"{prefix}{line}" for line in lines)


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
