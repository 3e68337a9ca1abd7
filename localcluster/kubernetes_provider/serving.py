"""The command line of the plugin.

Standard error is shown only in the engine's debug log, so the announcement is sent as a message too.
"""

import argparse
import asyncio
import sys
from importlib.metadata import version

from endpoints.resource_plugin.serving import serve

from .servicer import ANNOUNCEMENT, KubernetesServicer


def main(arguments: list[str]) -> None:
    """Serve until the engine ends. `arguments` are those of the command line, without the program's name."""
    parser = argparse.ArgumentParser(prog="pulumi-resource-kubernetes", description=ANNOUNCEMENT)
    parser.add_argument("engine", nargs="?", default="", help="address of the Pulumi engine, for messages")
    known, _ = parser.parse_known_args(arguments)
    print(ANNOUNCEMENT, file=sys.stderr, flush=True)
    asyncio.run(serve(known.engine, lambda engine: KubernetesServicer(version("pulumi-kubernetes"), engine)))
