"""Makes an SBOM generator, and reads what was pushed beside an image.

Docker's own generator is an image of Docker Hub. This one speaks its protocol, and lists Python packages:
https://github.com/moby/buildkit/blob/v0.31.0/docs/attestations/sbom-protocol.md
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.cluster.deployments.registry_images import blob, manifest

_GENERATOR = """
    import json, os
    from importlib.metadata import distributions
    from pathlib import Path

    roots = [str(path) for path in Path(os.environ["BUILDKIT_SCAN_SOURCE"]).rglob("site-packages")]
    names = sorted({found.metadata["Name"] for found in distributions(path=roots)})
    predicate = {"spdxVersion": "SPDX-2.3", "packages": [{"name": name} for name in names]}
    statement = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://spdx.dev/Document",
        "predicate": predicate,
    }
    target = Path(os.environ["BUILDKIT_SCAN_DESTINATION"], "packages.spdx.json")
    target.write_text(json.dumps(statement))
    """
_DOCKERFILE = """
    FROM python:3.11-slim
    COPY generator.py /
    ENTRYPOINT ["python", "/generator.py"]
    """


@dataclass(frozen=True)
class Attestations:
    """What an index holds beside its one image; statements by the type of their predicate."""

    image: str
    subjects: set[str]
    predicates: Mapping[str, Any]


def push_generator(buildx: Path, builder: str, name: str, directory: Path) -> None:
    """Build the generator and push it as `name`."""
    directory.mkdir()
    (directory / "generator.py").write_text(dedent(_GENERATOR))
    (directory / "Dockerfile").write_text(dedent(_DOCKERFILE))
    command = [str(buildx), "build", f"--builder={builder}", "--push", f"--tag={name}", str(directory)]
    subprocess.run(command, check=True, capture_output=True)


def attestations(reference: str, login: str = "") -> Attestations:
    """Read the attestations of an image by its reference with digest, from a registry on loopback."""
    index = manifest(reference, login)
    (image,) = [one for one in index["manifests"] if one["platform"]["os"] != "unknown"]
    (beside,) = [one for one in index["manifests"] if one["platform"]["os"] == "unknown"]
    assert beside["annotations"]["vnd.docker.reference.digest"] == image["digest"]
    layers = manifest(f"{reference.partition('@')[0]}@{beside['digest']}", login)["layers"]
    statements = [json.loads(blob(reference, layer["digest"], login)) for layer in layers]
    return Attestations(
        image["digest"],
        {f"sha256:{subject['digest']['sha256']}" for one in statements for subject in one["subject"]},
        {one["predicateType"]: one["predicate"] for one in statements},
    )
