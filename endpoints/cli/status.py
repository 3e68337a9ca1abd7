"""`status`: shows endpoint status."""

import argparse
import json

from endpoints.cli import FOUND
from endpoints.cli.arguments import add_stack_arguments, chosen_stack
from endpoints.deployed.cluster import EndpointCluster
from endpoints.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "endpoint", nargs="?", metavar="ENDPOINT", help="an address or the end of one (default: all)"
    )
    add_stack_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    """Print each endpoint; one that lacks pods is a failure."""
    stack, root, outputs = chosen_stack(options)
    chosen = outputs.find(options.endpoint).targets if options.endpoint else None
    cluster = EndpointCluster.of_stack(stack, root)
    found = {
        address.prefix[1:]: cluster.status(address)
        for served in outputs.endpoints.values()
        for address in served.targets
        if chosen is None or address in chosen
    }
    if options.format == "json":
        print(json.dumps({name: vars(status) for name, status in found.items()}, indent=2))
    for name, status in sorted(found.items()) if options.format == "text" else ():
        restarts = f", {counted(status.restarts, 'restart')}" if status.restarts else ""
        bounds = f" ({status.bounds})" if "-" in status.bounds else ""
        mark = "ok" if status.is_available else "!!"
        print(f"{mark} {name}: {status.ready} of {status.wanted} pods ready{bounds}{restarts}")
        for reason in (*status.problems, *status.ended):
            print(f"     {reason}")
    return 0 if all(status.is_available for status in found.values()) else FOUND
