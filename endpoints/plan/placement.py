"""What an endpoint's pods ask for and where they run: valohai.yaml, as the stack file changes it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from endpoints.errors import Problem
from endpoints.manifest import Bounds, Endpoint, Resources, Toleration
from endpoints.stack_file import EndpointLayers, EndpointSettings
from endpoints.stack_file.placement import CpuSettings, MegabyteSettings
from endpoints.yaml_document import KeyPath, dotted

_BOUNDED = {"cpu": "cpu", "memory": "memory", "ephemeral_storage": "ephemeralStorage"}
"""Keys of `resources` in a stack file by the field's name."""


def placed(endpoint: Endpoint, layers: EndpointLayers, chosen: EndpointSettings) -> Endpoint:
    """Return the endpoint with what the stack file sets of resources, node labels and tolerated taints.

    Problems of these keys name the place in the stack file. `chosen` are the merged `layers`.
    """
    paths = dict(_replaced(chosen))
    if not paths:
        return endpoint
    resources, given = endpoint.resources, chosen.resources
    devices = {**resources.devices, **given.devices}
    labels = {**endpoint.node_selector, **chosen.node_selector}
    tolerations = endpoint.tolerations
    if chosen.tolerations is not None:
        tolerations = tuple(
            Toleration(one.key, one.operator, one.value, one.effect) for one in chosen.tolerations
        )
    return replace(
        endpoint,
        resources=Resources(
            cpu=_bounds(resources.cpu, given.cpu),
            memory=_bounds(resources.memory, given.memory),
            ephemeral_storage=_bounds(resources.ephemeral_storage, given.ephemeral_storage),
            devices={name: count for name, count in devices.items() if count},
        ),
        node_selector={key: value for key, value in labels.items() if value is not None},
        tolerations=tolerations,
        replaced={key: layers.problem(path, "") for key, path in paths.items()},
    )


def contradictions(endpoint: Endpoint, layers: EndpointLayers, chosen: EndpointSettings) -> Iterator[Problem]:
    """Find a minimum above the maximum where one is the stack file's and the other valohai.yaml's."""
    for field, key in _BOUNDED.items():
        bounds: Bounds = getattr(endpoint.resources, field)
        given: CpuSettings | MegabyteSettings = getattr(chosen.resources, field)
        own = [name for name in ("min", "max") if name in given.model_fields_set]
        if len(own) == 1 and bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
            other = "max" if own == ["min"] else "min"
            text = f"{other} in valohai.yaml is {getattr(bounds, other)}; set {other} here as well"
            found = f"found {own[0]} {getattr(bounds, own[0])}"
            yield layers.problem(("resources", key, own[0]), f"{found}, but {text}")


def _bounds(written: Bounds, given: CpuSettings | MegabyteSettings) -> Bounds:
    changed = {name: _decimal(getattr(given, name)) for name in given.model_fields_set}
    return replace(written, **changed)


def _decimal(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _replaced(chosen: EndpointSettings) -> Iterator[tuple[str, KeyPath]]:
    """Return the keys of valohai.yaml that settings replace, each with the setting's path."""
    for field, key in _BOUNDED.items():
        given: CpuSettings | MegabyteSettings = getattr(chosen.resources, field)
        for name in sorted(given.model_fields_set):
            yield dotted(("resources", field.replace("_", "-"), name)), ("resources", key, name)
    yield from _by_name("resources.devices", ("resources", "devices"), chosen.resources.devices)
    yield from _by_name("node-selector", ("nodeSelector",), chosen.node_selector)
    if chosen.tolerations is not None:
        yield "tolerations", ("tolerations",)


def _by_name(key: str, path: KeyPath, given: Mapping[str, object]) -> Iterator[tuple[str, KeyPath]]:
    for name in given:
        yield f"{key}.{name}", (*path, name)
