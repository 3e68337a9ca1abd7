"""Reads what an endpoint needs of a node: resources, node labels and tolerated taints."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from endpoints.kubernetes_syntax import LABEL_VALUE, is_extended_resource, is_qualified_name
from endpoints.manifest.findings import Findings, Item
from endpoints.manifest.models import Bounds, Resources, Toleration
from endpoints.wording import describe, quote
from endpoints.yaml_document import KeyPath

CPU_STEP = Decimal("0.001")
"""Kubernetes does not allow CPU amounts finer than this."""


def read_resources(item: Item, findings: Findings) -> Resources:
    """Return requests and limits; amounts are above zero, and no minimum exceeds its maximum."""
    resources = item.get("resources", {})
    return Resources(
        cpu=_bounds(resources, "cpu", findings),
        memory=_bounds(resources, "memory", findings),
        ephemeral_storage=_bounds(resources, "ephemeral-storage", findings),
        devices=_devices(resources.get("devices", {}), findings),
    )


def _bounds(resources: Mapping[str, Any], key: str, findings: Findings) -> Bounds:
    written = resources.get(key, {})
    amounts = {
        bound: _amount(written[bound], key, ("resources", key, bound), findings)
        for bound in ("min", "max")
        if bound in written
    }
    bounds = Bounds(amounts.get("min"), amounts.get("max"))
    if bounds.minimum is not None and bounds.maximum is not None and bounds.minimum > bounds.maximum:
        text = f"found min {bounds.minimum} above max {bounds.maximum}; lower min or raise max"
        findings.add(("resources", key), text)
    return bounds


def _amount(value: float, resource: str, path: KeyPath, findings: Findings) -> Decimal | None:
    if resource == "cpu":
        allowed, legal = "vCPUs above 0 in steps of 0.001, such as 0.5", _is_cpu(value)
    else:
        allowed, legal = "a whole number of MB above 0", isinstance(value, int) and value > 0
    if not legal:
        findings.add(path, f"found {describe(value)}; allowed: {allowed}")
        return None
    return Decimal(str(value))


def _is_cpu(value: float) -> bool:
    return math.isfinite(value) and value > 0 and Decimal(str(value)) % CPU_STEP == 0


def _devices(written: Mapping[str, Any], findings: Findings) -> dict[str, int]:
    devices = {}
    for name, count in written.items():
        path = ("resources", "devices", name)
        if not is_extended_resource(name):
            text = f"found {quote(name)}; allowed: a device's full name, such as nvidia.com/gpu"
            findings.add(path, text)
        if not isinstance(count, int):
            findings.add(path, f"found {describe(count)}; allowed: a whole number of devices from 1 on")
            continue
        devices[name] = count
    return devices


def read_node_selector(item: Item, findings: Findings) -> dict[str, str]:
    """Return the node labels; several are separated by commas, as in `kubectl --selector`."""
    path = ("node-selector",)
    labels: dict[str, str] = {}
    for pair in item.get("node-selector", "").split(",") if "node-selector" in item else ():
        key, equals, value = pair.strip().partition("=")
        if not equals or not is_qualified_name(key) or not LABEL_VALUE.fullmatch(value):
            allowed = "key=value, both as Kubernetes labels, several separated by commas"
            findings.add(path, f"found {quote(pair)}; allowed: {allowed}")
        elif labels.setdefault(key, value) != value:
            findings.add(path, f"found two values for {quote(key)}; a node has one value for a label")
    return labels


def read_tolerations(item: Item, findings: Findings) -> tuple[Toleration, ...]:
    """Return the tolerations; Kubernetes wants a key unless operator is Exists, and then no value."""
    tolerations = []
    for index, entry in enumerate(item.get("tolerations", ())):
        at = ("tolerations", index)
        key, value = entry.get("key"), entry.get("value")
        operator = entry.get("operator", "Equal")
        if not key and operator != "Exists":
            findings.add(at, "found no key; add key, or operator: Exists to tolerate every taint")
        if key and not is_qualified_name(key):
            findings.add((*at, "key"), f"found {quote(key)}; allowed: a taint's key, such as example.com/gpu")
        if value and operator == "Exists":
            findings.add(
                (*at, "value"), "found a value with operator: Exists; remove it, or use operator: Equal"
            )
        if value and not LABEL_VALUE.fullmatch(value):
            allowed = "at most 63 letters, digits, dots, dashes and underscores"
            findings.add((*at, "value"), f"found {quote(value)}; allowed: {allowed}")
        tolerations.append(Toleration(key, operator, value, entry.get("effect")))
    return tuple(tolerations)
