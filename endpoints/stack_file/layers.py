"""Merges the settings of one endpoint from several places of a stack file.

From the most general to the most specific: the stack's `environment` and `defaults`, the deployment's
`environment`, `defaults` and `endpoints`, the version's `environment` and `endpoints`. A key that is set
overrides the same key of more general places; a key that is not set changes nothing. Keys with keys of their
own (`replicas`, `probe`) are merged key by key, unless a place sets another `kind`: then the keys set for the
first kind no longer count. `files` and `environment` are merged by name: one file or variable is replaced as
a whole. Lists are replaced as a whole. `overrides` are patches, which are applied one after the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from endpoints.errors import Problem
from endpoints.stack_file.endpoint import EndpointDefaults, EndpointSettings
from endpoints.stack_file.overrides import Patch
from endpoints.stack_file.stack import Settings
from endpoints.stack_file.values import Conflict, Environment, Model, fields_by_key
from endpoints.yaml_document import KeyPath

_Model = TypeVar("_Model", bound=Model)

_ANY_OTHER = ""
"""The name of an endpoint that no place of the stack file names."""


@dataclass(frozen=True)
class Layer:
    """The settings of an endpoint at one place of the stack file; `path` is that place."""

    path: KeyPath
    settings: EndpointDefaults


class EndpointLayers:
    """All settings of one endpoint of one version, from every place of a stack file."""

    def __init__(self, settings: Settings, deployment: int, version: int, endpoint: str) -> None:
        self._stack = settings
        in_deployment = settings.deployments[deployment]
        self.deployment = in_deployment
        """The deployment that the endpoint belongs to."""
        in_version = in_deployment.versions[version]
        above: KeyPath = ("deployments", deployment)
        here: KeyPath = (*above, "versions", version)
        self.path: KeyPath = (*here, "endpoints", endpoint)
        """The most specific place of the endpoint's settings, whether the file has it or not."""
        self.is_named = in_version.endpoints is not None
        """Whether the version lists the endpoints that it deploys, and so this one."""
        self.layers = (
            Layer((), _variables(settings.environment)),
            Layer(("defaults",), settings.defaults),
            Layer(above, _variables(in_deployment.environment)),
            Layer((*above, "defaults"), in_deployment.defaults),
            Layer((*above, "endpoints", endpoint), in_deployment.endpoints.get(endpoint, EndpointSettings())),
            Layer(here, _variables(in_version.environment)),
            Layer(self.path, (in_version.endpoints or {}).get(endpoint, EndpointSettings())),
        )

    def merged(self) -> EndpointSettings:
        """Return the settings that apply to the endpoint, with the defaults of keys that no layer sets."""
        result = EndpointSettings()
        for layer in self.layers:
            result = _merge(result, layer.settings)
        return result

    def place(self, path: KeyPath) -> KeyPath:
        """Return the place in the stack file that sets a key; if none does, the most specific place."""
        layer = self._layer_of(path)
        return (*(self.path if layer is None else layer.path), *path)

    def sets(self, path: KeyPath) -> bool:
        """Tell whether any place sets a key."""
        return self._layer_of(path) is not None

    def is_own(self, path: KeyPath) -> bool:
        """Tell whether a place that is about this endpoint alone sets a key, and not defaults of several."""
        layer = self._layer_of(path)
        return layer is not None and "endpoints" in layer.path

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of one of the endpoint's keys, at the place that sets it."""
        return self._stack.problem(self.place(path), text)

    def conflicts(self) -> Iterator[Problem]:
        """Find keys that contradict each other when all layers are merged, and the place of each."""
        for path, _, conflict in _conflicts(self.merged()):
            keys = sorted(conflict.keys, key=lambda key: self._rank((*path, key)), reverse=True)
            elsewhere = ", ".join(self._origin((*path, key)) for key in keys[1:])
            yield self.problem((*path, keys[0]), f"{conflict.text} ({elsewhere})")

    def _layer_of(self, path: KeyPath) -> Layer | None:
        return next((layer for layer in reversed(self.layers) if _is_set(layer.settings, path)), None)

    def _rank(self, path: KeyPath) -> int:
        layer = self._layer_of(path)
        return -1 if layer is None else self.layers.index(layer)

    def _origin(self, path: KeyPath) -> str:
        if self._layer_of(path) is None:
            return f"{path[-1]}: by default"
        place = self.problem(path, "")
        return f"{path[-1]}: {place.key}" + ("" if place.line is None else f", line {place.line}")


def find_conflicts(settings: Settings) -> Iterator[Problem]:
    """Find keys that contradict each other: in one place if there are any, otherwise between places."""
    within = [
        settings.problem(path, conflict.text)
        for path, model, conflict in _conflicts(settings)
        if {fields_by_key(type(model))[key] for key in conflict.keys} <= model.model_fields_set
    ]
    yield from within or dict.fromkeys(
        problem
        for index, deployment in enumerate(settings.deployments)
        for number, version in enumerate(deployment.versions)
        for name in version.endpoints or [*deployment.endpoints, _ANY_OTHER]
        for problem in EndpointLayers(settings, index, number, name).conflicts()
    )


def _conflicts(model: Model, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Model, Conflict]]:
    """Find the conflicts of a model and of all models in it, each with its path and its model."""
    for conflict in model.conflicts():
        yield path, model, conflict
    for key, field in fields_by_key(type(model)).items():
        yield from _inner_conflicts(getattr(model, field), (*path, key))


def _inner_conflicts(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Model, Conflict]]:
    if isinstance(value, Model):
        yield from _conflicts(value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _inner_conflicts(item, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, item in enumerate(value):
            yield from _inner_conflicts(item, (*path, index))


def _variables(environment: Environment) -> EndpointSettings:
    # Validated before; a second validation would not know references to secrets, which are objects by now.
    return EndpointSettings.model_construct({"environment"}, environment=environment)


def _merge(general: _Model, special: Model) -> _Model:
    changed = {
        field: _override(getattr(general, field), getattr(special, field))
        for field in special.model_fields_set
    }
    return general.model_copy(update=changed)


def _override(general: object, special: object) -> object:
    if isinstance(general, Model) and isinstance(special, Model) and not _is_another_kind(general, special):
        return _merge(general, special)
    if isinstance(general, Patch) and isinstance(special, Patch):
        return general.then(special)
    if isinstance(general, Mapping) and isinstance(special, Mapping):
        return {**general, **special}
    return special


def _is_another_kind(general: Model, special: Model) -> bool:
    if type(general) is not type(special):
        return True
    return "kind" in special.model_fields_set and vars(general)["kind"] != vars(special)["kind"]


def _is_set(value: object, path: KeyPath) -> bool:
    """Tell whether a value sets the key at `path` below it."""
    if not path:
        return True
    if isinstance(value, Model):
        field = fields_by_key(type(value)).get(str(path[0]))
        return field in value.model_fields_set and _is_set(getattr(value, str(field)), path[1:])
    return isinstance(value, Mapping) and path[0] in value and _is_set(value[path[0]], path[1:])
