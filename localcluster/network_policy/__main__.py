"""The agent's process: `python -m localcluster.network_policy`, inside the node's namespaces."""

import argparse
import os
import subprocess
import sys
import threading
from ipaddress import ip_address
from pathlib import Path

from localcluster.network_policy.agent import Agent
from localcluster.network_policy.objects import Pod
from localcluster.network_policy.server import serve
from localcluster.network_policy.watch import ApiServer, watch_forever

NFT_LIMIT_SECONDS = 30.0
"""How long the kernel may take for all rules of the node, which takes it a moment.

Longer than what waits for the agent: where the machine is only slow, that has given up and tries again.
"""


def main() -> None:
    """Run until killed; a failure of any part ends the whole, and shows in the log."""
    options = _parser().parse_args()
    threading.excepthook = _end_with_traceback
    print("network policy agent of the embedded cluster: for development and tests, not for production")
    sys.stdout.flush()
    agent = Agent(give_to_kernel, [read_stand_in(text) for text in options.stand_in])
    server = ApiServer(options.server, options.authority, options.identity)
    node = {"fieldSelector": f"spec.nodeName={options.node}"}
    policies = "/apis/networking.k8s.io/v1/networkpolicies"
    watch_forever(server, "/api/v1/pods", node, agent.pods.replace, agent.pods.change)
    watch_forever(server, "/api/v1/namespaces", {}, agent.namespaces.replace, agent.namespaces.change)
    watch_forever(server, policies, {}, agent.policies.replace, agent.policies.change)
    serve(options.socket, agent.answer)
    agent.run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcluster.network_policy", description=__doc__)
    parser.add_argument("--server", required=True, help="URL of the API server")
    parser.add_argument("--authority", required=True, type=Path, help="CA certificate of the API server")
    parser.add_argument(
        "--identity", required=True, type=Path, help=("path of its own certificate, without .crt and .key")
    )
    parser.add_argument("--node", required=True, help="name of the node whose pods it isolates")
    parser.add_argument(
        "--socket", required=True, type=Path, help="socket for requests of the network plugin"
    )
    parser.add_argument(
        "--stand-in",
        action="append",
        default=[],
        metavar="NAMESPACE/NAME/LABEL=VALUE/ADDRESS",
        help="a process outside the cluster that policies treat as this pod",
    )
    return parser


def read_stand_in(text: str) -> Pod:
    """Read the value of `--stand-in`."""
    namespace, name, label, address = text.split("/")
    key, _, value = label.partition("=")
    return Pod(f"stand-in {name}", namespace, name, {key: value}, (ip_address(address),))


def give_to_kernel(text: str) -> None:
    """Replace the kernel's rules; raises RuntimeError where nft refuses them or does not end."""
    command = ["nft", "-f", "-"]
    try:
        finished = subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, timeout=NFT_LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        # Whoever waits for an isolated pod then learns of it, rather than of nothing.
        raise RuntimeError(f"nft did not apply the rules within {NFT_LIMIT_SECONDS:g} s\n{text}") from None
    if finished.returncode != 0:
        raise RuntimeError(f"nft refuses the rules: {finished.stderr}\n{text}")


def _end_with_traceback(failure: threading.ExceptHookArgs) -> None:
    # A watch that has ended unseen would leave rules that look right and are old.
    sys.excepthook(failure.exc_type, failure.exc_value or failure.exc_type(), failure.exc_traceback)
    os._exit(1)


if __name__ == "__main__":
    main()
