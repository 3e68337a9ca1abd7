"""What advice on an endpoint is made from."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from endpoints.advice.code import Code
from endpoints.errors import Problem
from endpoints.manifest import Definition, Endpoint
from endpoints.manifest.yaml_document import KeyPath
from endpoints.stack_file import EndpointLayers, EndpointSettings

_ROOT = PurePosixPath()


@dataclass(frozen=True)
class Subject:
    """An endpoint that is deployed, in one version of one deployment.

    `definition` is its place in valohai.yaml. `settings` is what the stack file says of it in all `layers`
    together. `code` are the project's files, `commit` is the commit that they are from, and `uncommitted` are
    those that no commit holds as they are. `deployment` counts the stack file's deployments from 0.
    `is_built` is false where a ready image runs, which need not have the project's files. `folder` is where
    valohai.yaml is, from the root of the source, in which code starts. `pointers` are files of the project
    whose content Git LFS has not fetched.
    """

    deployment: int
    version: str
    endpoint: Endpoint
    definition: Definition
    settings: EndpointSettings
    layers: EndpointLayers
    code: Code
    commit: str | None
    uncommitted: tuple[str, ...] = ()
    is_built: bool = True
    folder: PurePosixPath = _ROOT
    pointers: tuple[str, ...] = ()

    def in_manifest(self, key: str, text: str) -> Problem:
        """Return advice on a key of the endpoint in valohai.yaml."""
        return self.definition.problem(key, text)

    def in_stack_file(self, path: KeyPath, text: str) -> Problem:
        """Return advice on one of the endpoint's settings, at the place that counts."""
        return self.layers.problem(path, text)
