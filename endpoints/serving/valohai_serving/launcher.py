"""Reads how to serve from the command line, and begins."""

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import List

from .failures import NO_APPLICATION, NoApplicationError, say, start_logging
from .gate import gate
from .memory import SharedMemory
from .supervision import Supervision, answer_from_now_on, listening_socket


def main(arguments: List[str]) -> None:
    """Serve until told to stop; does not return."""
    options = _parsed(arguments)
    start_logging()
    for path in ("valohai_serving", "valohai_serving.py"):
        if Path(path).exists():
            say(f"The project has a module {path}: that name is taken by the serving layer. Rename it.")
            sys.exit(NO_APPLICATION)
    memory = SharedMemory(_key_names())
    supervision = Supervision(memory)
    health = listening_socket(options.host, options.health_port)
    answer_from_now_on(health, supervision.health, "health")
    if "VALOHAI_METRICS_PORT" in os.environ:
        metrics = listening_socket(options.host, int(os.environ["VALOHAI_METRICS_PORT"]))
        answer_from_now_on(metrics, supervision.metrics, "metrics")
    # Only one of the two servers is installed in an image.
    server = importlib.import_module(f".{options.server}_server", __package__)
    server.serve(options, supervision)


def _key_names() -> List[str]:
    """Return the names of the API keys; ends with a sentence where nobody would be let in."""
    try:
        entrance = gate()
    except NoApplicationError as error:
        say(str(error))
        sys.exit(NO_APPLICATION)
    return [] if entrance is None else entrance.key_names


def _parsed(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="serve.py")
    parser.add_argument("target", help="module[:callable] of the application")
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--host", default="", help="address to listen on, all interfaces by default")
    parser.add_argument("--port", type=int, required=True, help="port of the application")
    parser.add_argument("--health-port", type=int, required=True, help="port for the kubelet's probes")
    parser.add_argument("--threads", type=int, help="requests that a worker answers at a time (WSGI)")
    parser.add_argument("--keep-alive", type=int, default=95, help="seconds an idle connection stays open")
    parser.add_argument("--startup-timeout", type=int, default=600, help="seconds until a worker is ready")
    parser.add_argument("--worker-timeout", type=int, default=300, help="seconds a worker may be stuck")
    parser.add_argument("--client-timeout", type=int, default=30, help="seconds a client may stand still")
    parser.add_argument(
        "--graceful-timeout", type=int, default=50, help="seconds to finish requests at the end"
    )
    return parser.parse_args(arguments)
