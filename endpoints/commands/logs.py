"""`logs`: shows what an endpoint's pods say."""

import argparse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from endpoints.commands.stack_arguments import add_stack_arguments, chosen_stack
from endpoints.deployed.cluster import EndpointCluster
from endpoints.errors import ProjectError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("endpoint", metavar="ENDPOINT", help="an address or the end of one: latest/greet")
    add_stack_arguments(parser)
    parser.add_argument(
        "-n", "--lines", type=int, default=100, help="the last lines of each pod (default: 100)"
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is added")
    parser.add_argument(
        "--previous", action="store_true", help="what the containers said before they restarted"
    )


def run(options: argparse.Namespace) -> int:
    """Print the logs, each line after its pod's name where there are several."""
    stack, root, outputs = chosen_stack(options)
    cluster = EndpointCluster.of_stack(stack, root)
    targets = outputs.find(options.endpoint).targets
    pods = [(address, str(pod["metadata"]["name"])) for address in targets for pod in cluster.pods(address)]
    if not pods:
        raise ProjectError(f"{options.endpoint}: has no pods; python -m endpoints status tells why")
    printing = Lock()

    def show(lines: Iterable[str], prefix: str) -> None:
        for line in lines:
            with printing:
                print(f"{prefix}{line}", flush=options.follow)

    logs = [
        (
            cluster.log(address, pod, lines=options.lines, follow=options.follow, previous=options.previous),
            f"{pod}: " if len(pods) > 1 else "",
        )
        for address, pod in pods
    ]
    if not options.follow:
        for lines, prefix in logs:
            show(lines, prefix)
        return 0
    with ThreadPoolExecutor(max_workers=len(logs)) as executor:
        for future in [executor.submit(show, lines, prefix) for lines, prefix in logs]:
            future.result()
    return 0
