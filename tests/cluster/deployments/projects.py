"""Model projects made on the spot, as small as each test allows."""

import shutil
from pathlib import Path
from textwrap import dedent
from typing import Any

ROOT = Path(__file__).parents[3]


ONE_ENDPOINT = """
    - endpoint:
        name: greet
        image: python:3.11-slim
        server-command: python -m http.server 8000
    """
"""The endpoint greet of a test that needs any that works, and nothing of its code."""


def write_project(directory: Path, manifest: str, **files: str) -> Path:
    """Write a project; file names come as keywords with `__` for the dot: ``app__py="..."``."""
    directory.mkdir(parents=True)
    (directory / "valohai.yaml").write_text(dedent(manifest))
    for name, text in files.items():
        (directory / name.replace("__", ".")).write_text(dedent(text))
    return directory


def copy_digits(directory: Path) -> Path:
    return Path(
        shutil.copytree(ROOT / "examples/digits", directory, ignore=shutil.ignore_patterns("__pycache__"))
    )


def own_cluster(connection: dict[str, Any], routing: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a cluster of one's own, which the embedded one is here, without deployments."""
    trusted = connection["buildCertificateAuthority"]
    authority = {"certificateAuthority": trusted} if trusted else {}
    return {
        "organization": "trial",
        "cluster": {
            "kind": "user",
            "kubeconfig": connection["kubeconfig"],
            "context": connection["context"],
        },
        "registry": {"repository": connection["registry"]},
        "routing": routing,
        "builder": {"name": connection["builder"]["name"]} | authority,
    }


def deployment(project: str, source: Path, **endpoints: Any) -> dict[str, Any]:
    """Return one deployment's settings with one version; endpoint names come with `_` for the dash."""
    return {
        "project": project,
        "name": "production",
        "source": str(source),
        "versions": [
            {
                "name": "20261101.0",
                "endpoints": {name.replace("_", "-"): settings for name, settings in endpoints.items()},
            }
        ],
    }
