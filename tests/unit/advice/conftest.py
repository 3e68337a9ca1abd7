"""Advice on endpoints of small manifests."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from endpoints.advice import Code, Subject
from endpoints.advice.rules import advise_on_endpoints
from endpoints.manifest import load_manifest
from endpoints.stack_file import EndpointLayers, Settings

STACK = """
config:
  endpoints:organization: acme
  endpoints:cluster: {kind: embedded}
  endpoints:deployments:
    - project: shapes
      name: production
      source: project
      versions:
        - name: "20261101.0"
          endpoints: {serve: {%s}}
"""

Advice = Callable[..., list[str]]
Subjects = Callable[..., Sequence[Subject]]


@pytest.fixture
def subjects(tmp_path: Path, settings_of: Callable[[str], Settings]) -> Subjects:
    """Return the endpoints of a manifest as advice gets them, in one version.

    `settings` are those of the endpoint `serve` in the stack file. Files of the project are keyword
    arguments, with `__` for the dot.
    """

    def make(manifest: str, settings: str = "", commit: str | None = None, **files: str) -> Sequence[Subject]:
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        (project / "valohai.yaml").write_text(manifest, encoding="utf-8")
        for name, text in files.items():
            (project / name.replace("__", ".")).write_text(text, encoding="utf-8")
        loaded = load_manifest(project / "valohai.yaml", "valohai.yaml")
        stack = settings_of(STACK % settings)
        found = []
        for endpoint in loaded.endpoints:
            layers = EndpointLayers(stack, 0, 0, endpoint.name)
            found.append(
                Subject(
                    deployment=0,
                    version="20261101.0",
                    endpoint=endpoint,
                    definition=loaded.definition(endpoint),
                    settings=layers.merged(),
                    layers=layers,
                    code=Code(project),
                    commit=commit,
                )
            )
        return found

    return make


@pytest.fixture
def advice(subjects: Subjects) -> Advice:
    """Return the advice on a server-command, one line each."""

    def make(command: str, port: int | None = None, settings: str = "", **files: str) -> list[str]:
        manifest = f"- endpoint:\n    name: serve\n    image: x\n    server-command: {command}\n"
        manifest += "    resources: {memory: {max: 64}}\n"
        manifest += f"    port: {port}\n" if port else ""
        return [str(problem) for problem in advise_on_endpoints(subjects(manifest, settings, **files))]

    return make


@pytest.fixture
def wsgi_advice(subjects: Subjects) -> Advice:
    """Return the advice on an endpoint with `wsgi: app:server`, one line each."""

    def make(settings: str = "", **files: str) -> list[str]:
        manifest = "- endpoint: {name: serve, image: x, wsgi: 'app:server', resources: {memory: {max: 9}}}\n"
        return [str(found) for found in advise_on_endpoints(subjects(manifest, settings, **files))]

    return make
