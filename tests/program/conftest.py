import asyncio
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program.recording import ROOT, Recording, run_program

CONTENT_HASH = re.compile(r"\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b")
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def outputs_may_not_end_up_in_strings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An Output in an f-string would silently become a text about Outputs."""
    monkeypatch.setenv("PULUMI_ERROR_OUTPUT_STRING", "true")
    yield


@pytest.fixture(autouse=True)
def event_loops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the event loops that Pulumi's SDK makes, one for each thread that answers for the engine."""
    made: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def remember() -> asyncio.AbstractEventLoop:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", remember)
    own = asyncio.new_event_loop()
    asyncio.set_event_loop(own)
    yield
    own.run_until_complete(own.shutdown_default_executor())
    asyncio.set_event_loop(None)
    for loop in made:
        loop.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A `wsgi` and a `server-command` endpoint. The content never changes, so neither do hashes."""
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "valohai.yaml").write_text((Path(__file__).parent / "valohai.yaml").read_text())
    (directory / "requirements.txt").write_text("flask==3.1.3\n")
    (directory / "predict.py").write_text("app = None\n")
    (tmp_path / "model.bin").write_bytes(b"model")
    return directory


Configure = Callable[..., Recording]


@pytest.fixture
def declare(project: Path) -> Configure:
    """Run the program for the project on a user's cluster; keywords replace or add settings, None removes.

    `other_stacks` are the outputs of other stacks, `own_resources` what the last update of this one left.
    """

    def run(
        other_stacks: Mapping[str, Mapping[str, Any]] | None = None,
        own_resources: Mapping[str, Mapping[str, Any]] | None = None,
        **changes: Any,
    ) -> Recording:
        settings: dict[str, Any] = {
            "organization": "acme",
            "cluster": {"kind": "user", "context": "prod", "kubeconfig": "tests/fixtures/kubeconfig.yaml"},
            "registry": {"repository": "registry.acme.example/ml"},
            "routing": {"kind": "ingress", "ingressClass": "traefik", "host": "models.acme.example"},
            "deployments": [
                {
                    "project": "digits",
                    "name": "production",
                    "source": str(project),
                    "versions": [
                        {
                            "name": "20261101.0",
                            "endpoints": {
                                "predict-digit": {
                                    "replicas": {"min": 2, "max": 8},
                                    "files": {"model": {"path": str(project.parent / "model.bin")}},
                                },
                                "greet": {},
                            },
                        }
                    ],
                }
            ],
        } | changes
        return run_program(
            {
                key: value if isinstance(value, str) else json.dumps(value)
                for key, value in settings.items()
                if value is not None
            },
            other_stacks,
            own_resources=own_resources,
        )

    return run


@pytest.fixture
def golden() -> Callable[[str, object], None]:
    """Compare with a file in golden/; UPDATE_GOLDEN=1 writes it instead, for a reviewed change.

    Content hashes become a word: they follow every change of the serving code, and say nothing to a reviewer.
    """

    def check(name: str, found: object) -> None:
        file = GOLDEN / f"{name}.yaml"
        text = CONTENT_HASH.sub("CONTENT", yaml.safe_dump(found, sort_keys=True, width=110))
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(text)
        assert text == file.read_text(), f"differs from {file.relative_to(ROOT)}; UPDATE_GOLDEN=1 rewrites it"

    return check
