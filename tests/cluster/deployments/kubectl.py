"""Looks into the cluster beside the engine, so that its word is not all there is."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")


class Kubectl:
    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig

    def run(self, *arguments: str, standard_input: str | None = None, seconds: float = 60) -> str:
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments],
            input=standard_input,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)} failed: {done.stderr}"
        return done.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        self.run("apply", "-f", "-", standard_input=listed(*objects))

    def delete(self, *objects: dict[str, Any]) -> None:
        """Remove the objects, as far as they are there, and wait until they are gone."""
        self.run("delete", "--ignore-not-found", "--wait=true", "-f", "-", standard_input=listed(*objects))

    def get(self, kind: str, namespace: str, *arguments: str) -> list[dict[str, Any]]:
        found = json.loads(self.run("get", kind, "--namespace", namespace, "-o", "json", *arguments))
        items = found["items"]
        assert isinstance(items, list)
        return items

    def await_condition(self, condition: str, name: str, namespace: str = "", seconds: float = 300) -> None:
        """Wait until the condition of an object, named as `kind/name`, is true; fail after `seconds`."""
        place = [f"--namespace={namespace}"] if namespace else []
        wait = ["wait", f"--for=condition={condition}", f"--timeout={seconds:.0f}s", name, *place]
        self.run(*wait, seconds=seconds + 10)

    def namespaces(self) -> set[str]:
        found = json.loads(self.run("get", "namespaces", "-o", "json"))
        return {item["metadata"]["name"] for item in found["items"]}


def listed(*objects: dict[str, Any]) -> str:
    """Return the objects as one that kubectl reads."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def wait_until(look: Callable[[], Found | None], seconds: float, what: str, every: float = 0.2) -> Found:
    """Look again and again until there is something to return; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)
