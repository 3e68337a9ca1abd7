"""A whole stack file, and where each of its values stands."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import Field, PrivateAttr, SecretStr, ValidationError

from endpoints.errors import Problem, ProjectError
from endpoints.manifest.yaml_document import KeyPath, YamlDocument, dotted
from endpoints.stack_file.builder import Builder, BuildkitBuilder
from endpoints.stack_file.deployment import DeploymentSettings
from endpoints.stack_file.endpoint import EndpointDefaults
from endpoints.stack_file.explain import explain
from endpoints.stack_file.model import Model
from endpoints.stack_file.place import EmbeddedCluster, ManagedCluster, Prices, Registry, UserCluster
from endpoints.stack_file.routing import GatewayRouting, IngressRouting
from endpoints.stack_file.values import SENSITIVE, Environment, Organization
from endpoints.wording import quote, suggestion

PROJECT = "endpoints"
"""Name of this repository's own Pulumi project."""


class Places:
    """Finds lines by setting. Without a stack file (as in tests) problems have no line.

    `namespace` is the Pulumi project's name, which prefixes every key in a stack file: `PROJECT`, unless a
    team has named a project of its own.
    """

    def __init__(self, stack_file: Path | None, namespace: str = PROJECT) -> None:
        self._namespace = namespace
        self._file = (
            str(Path(stack_file.parent.name, stack_file.name)) if stack_file else "stack configuration"
        )
        self._document = (
            YamlDocument.read(stack_file, self._file) if stack_file and stack_file.exists() else None
        )

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return the problem of the setting at `path`, whose first step is a key without its namespace."""
        return Problem(self._file, self._line(path), self.key(path), text)

    def key(self, path: KeyPath) -> str:
        """Return how messages and `pulumi config set --path` write the setting at `path`."""
        return f"{self._namespace}:{dotted(path)}"

    def holds(self, path: KeyPath) -> bool:
        """Tell whether the file has the setting at `path`; without a file it has none."""
        return self._document is not None and self._document.node(self._in_file(path)) is not None

    def encrypted(self) -> Iterator[KeyPath]:
        """Find the values that the file holds as `{secure: ...}`; Pulumi decrypts them for the program."""
        config = self._document.node(("config",)) if self._document else None
        prefix = f"{self._namespace}:"
        for key, value in config.value if isinstance(config, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.value.startswith(prefix):
                yield from _encrypted(value, (key.value.removeprefix(prefix),))

    def _line(self, path: KeyPath) -> int | None:
        if self._document is None or not path:
            return None
        return self._document.line(self._in_file(path))

    def _in_file(self, path: KeyPath) -> KeyPath:
        return ("config", f"{self._namespace}:{path[0]}", *path[1:])


def _encrypted(node: yaml.Node, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _encrypted(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        if [key.value for key, _ in node.value] == ["secure"]:
            yield path
            return
        for key, value in node.value:
            yield from _encrypted(value, (*path, str(key.value)))


class StackSettings(Model):
    """Settings that know where in their stack file they stand."""

    # Private, since a file is no setting: it cannot be given in a stack file or compared.
    _places: Places = PrivateAttr(default_factory=lambda: Places(None))

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of the setting at a path such as `("deployments", 0, "source")`."""
        return self._places.problem(path, text)

    def key(self, path: KeyPath) -> str:
        """Return how messages and `pulumi config set --path` write the setting at a path."""
        return self._places.key(path)


AnyStack = TypeVar("AnyStack", bound=StackSettings)


def read_settings(
    model: type[AnyStack],
    values: Mapping[str, object],
    places: Places,
    may_be_encrypted: Callable[[KeyPath], bool],
) -> AnyStack:
    """Check plain values against the model, key by key.

    `may_be_encrypted` tells of which settings no reader of previews and state sees the value. Raises
    ProjectError with all problems found; no message holds the value of a secret.
    """
    if misplaced := list(_misplaced_secrets(places, may_be_encrypted)):
        raise ProjectError(*misplaced)
    try:
        settings = model.model_validate(dict(values), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = [places.problem(path, text) for path, text in explain(error, model)]
        # The cause would show pydantic's own text, which quotes secrets.
        raise ProjectError(*sorted(problems, key=lambda problem: problem.line or 0)) from None
    settings._places = places
    return settings


def _misplaced_secrets(places: Places, may_be_encrypted: Callable[[KeyPath], bool]) -> Iterator[Problem]:
    """Find secrets among settings that end in names, previews and the state, where all can be read."""
    text = "is encrypted, but would be readable in previews and in the state; set it without --secret"
    for path in places.encrypted():
        if not may_be_encrypted(path):
            yield places.problem(path, text)


Preflight = Literal["enforce", "advise", "off"]


class Settings(StackSettings):
    """A whole stack.

    `preflight` tells what becomes of a cluster that could not carry the stack out: an error before anything
    is changed (`enforce`), a warning (`advise`), or nothing, for previews that cannot reach the cluster or
    may not ask it (`off`). `registry` and `routing` are required for a `user` cluster and come from the
    connection file of an `embedded` one. `defaults` are for every endpoint of every deployment.
    """

    organization: Organization
    cluster: Annotated[UserCluster | EmbeddedCluster | ManagedCluster, Field(discriminator="kind")]
    registry: Registry | None = None
    routing: Annotated[IngressRouting | GatewayRouting, Field(discriminator="kind")] | None = None
    builder: Builder = BuildkitBuilder()
    environment: Environment = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    defaults: EndpointDefaults = EndpointDefaults()
    secrets: Mapping[str, SecretStr] = Field(default_factory=dict, json_schema_extra=SENSITIVE)
    prices: Prices | None = None
    preflight: Preflight = "enforce"
    deployments: tuple[DeploymentSettings, ...]

    def unknown_secret(self, path: KeyPath, name: str) -> Problem:
        """Return the problem of a setting at `path` that refers to a secret which is not there."""
        known = f"{self.key(('secrets',))}; {suggestion(name, self.secrets)}"
        text = f"found secret {quote(name)}, which is not in {known}; or set it: "
        return self.problem(path, f"{text}pulumi config set --secret --path '{self.key(('secrets', name))}'")
