import json
import subprocess
from pathlib import Path
from typing import Any


class Kubectl:
    """The cluster as an outsider sees and changes it."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self._command = ["kubectl", "--kubeconfig", str(kubeconfig), "--namespace", namespace]

    def __call__(self, *arguments: str, text: str | None = None) -> str:
        done = subprocess.run(
            [*self._command, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def get(self, kind: str, name: str) -> Any:
        return json.loads(self("get", kind, name, "--output", "json"))

    def names(self, kind: str) -> list[str]:
        listing = json.loads(self("get", kind, "--output", "json"))
        return [entry["metadata"]["name"] for entry in listing["items"]]

    def apply(self, manifest: dict[str, Any], *, manager: str = "somebody") -> None:
        self(
            "apply",
            "--server-side",
            "--field-manager",
            manager,
            "--force-conflicts",
            "-f",
            "-",
            text=json.dumps(manifest),
        )
