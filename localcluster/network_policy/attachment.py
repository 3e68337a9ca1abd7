"""The network plugin that lets no pod start before the agent has its rules in place.

The container runtime runs it as a program of its own (https://www.cni.dev/docs/spec/), after the plugins that
have given the pod its addresses. It asks the agent, and waits for one that is being started. So no pod is
open first, and none finds doors closed that are to be open. Without the agent no pod starts, and its events
say why.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

AGENT_PATIENCE_SECONDS = 15.0
"""How long a pod may wait for the agent; the kubelet tries again after that."""
TRY_AGAIN_LATER = 11
"""CNI's code for a failure that may pass."""


def ask(
    path: str, request: Mapping[str, Any], patience_seconds: float = AGENT_PATIENCE_SECONDS
) -> str | None:
    """Send a request to the agent's socket, and give its complaint, None when it has none.

    Raises OSError when it does not answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(patience_seconds)
        client.connect(path)
        client.sendall(json.dumps(request).encode() + b"\n")
        with client.makefile("rb") as answer:
            line = answer.readline()
    if not line:
        raise ConnectionError("it closed the connection without an answer")
    complaint: str | None = json.loads(line)["complaint"]
    return complaint


def ask_patiently(path: str, request: Mapping[str, Any]) -> str | None:
    """As `ask`, and go on trying for a while when the agent does not answer."""
    deadline = time.monotonic() + AGENT_PATIENCE_SECONDS
    while True:
        try:
            return ask(path, request)
        except OSError as error:
            if time.monotonic() > deadline:
                return (
                    f"the network policy agent does not answer at {path} ({error}): start it with "
                    "`python -m localcluster up`"
                )
            time.sleep(0.05)


def request_of(settings: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Tell the agent which container gets which addresses, and for which pod."""
    arguments = dict(part.partition("=")[::2] for part in environment.get("CNI_ARGS", "").split(";"))
    result = settings.get("prevResult") or {}
    return {
        "command": environment["CNI_COMMAND"],
        "container": environment["CNI_CONTAINERID"],
        "pod": arguments.get("K8S_POD_UID", ""),
        "addresses": [entry["address"].partition("/")[0] for entry in result.get("ips", ())],
    }


def main() -> int:
    """Answer one command of the container runtime, and give the exit code."""
    command = os.environ["CNI_COMMAND"]
    settings = json.load(sys.stdin)
    if command == "VERSION":
        print(json.dumps({"cniVersion": "0.4.0", "supportedVersions": ["0.3.1", "0.4.0"]}))
        return 0
    if command == "DEL":
        # The addresses are free again whatever the agent says; a new pod's own attachment settles the matter.
        try:
            ask(settings["agent"], request_of(settings, os.environ), patience_seconds=2.0)
        except OSError as error:
            print(error, file=sys.stderr)
        return 0
    if command == "ADD":
        complaint = ask_patiently(settings["agent"], request_of(settings, os.environ))
        if complaint is not None:
            failure = {"cniVersion": settings["cniVersion"], "code": TRY_AGAIN_LATER, "msg": complaint}
            print(json.dumps(failure))
            return 1
        print(json.dumps(settings["prevResult"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
