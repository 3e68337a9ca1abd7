"""The keys of an endpoint that need more than a look: server, scheduling and volumes."""

import ast
import keyword
import math
import posixpath
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from endpoints.cluster.names import (
    DNS_LABEL,
    DNS_SUBDOMAIN,
    IMAGE,
    LABEL_VALUE,
    is_extended_resource,
    is_qualified_name,
)
from endpoints.image.dockerfile import HOME_DIRECTORY, REPOSITORY_DIRECTORY, SERVING_DIRECTORY
from endpoints.manifest.findings import Findings, Item
from endpoints.manifest.models import (
    Bounds,
    Resources,
    ServerCommand,
    SharedVolume,
    Toleration,
    WorkspaceVolume,
    Wsgi,
)
from endpoints.wording import describe, quote
from endpoints.yaml_document import KeyPath

DEFAULT_PORT = 8000
"""Valohai's default, from the description of `port` in its schema."""


def read_name(item: Item, findings: Findings) -> str:
    """Return the name; beyond the schema it must be a DNS label, since it becomes a Service's name."""
    name: str = item["name"]
    if not DNS_LABEL.fullmatch(name):
        allowed = "at most 63 lower-case letters, digits and dashes, not ending in a dash"
        findings.add(("name",), f"found {quote(name)}; allowed: {allowed}; rename it")
    return name


def read_image(item: Item, findings: Findings) -> str:
    """Return the base image; it must be a reference that a registry can know."""
    image: str = item["image"]
    if not IMAGE.fullmatch(image):
        allowed = "[registry/]repository[:tag][@digest], the repository in lower case"
        findings.add(("image",), f"found {quote(image)}; allowed: {allowed}")
    return image


def read_port(item: Item, findings: Findings) -> int:
    """Return the port the server listens on."""
    port: object = item.get("port", DEFAULT_PORT)
    if not isinstance(port, int):
        findings.add(("port",), f"found {describe(port)}; allowed: a whole number from 1025 to 65535")
        return DEFAULT_PORT
    return port


def read_server(item: Item, findings: Findings) -> Wsgi | ServerCommand:
    """Return the application or the command that serves; the schema has made sure that it is exactly one."""
    if "wsgi" in item:
        return _read_wsgi(item["wsgi"], findings)
    return _read_command(item["server-command"], findings)


def _read_wsgi(text: str, findings: Findings) -> Wsgi:
    module, colon, name = text.partition(":")
    called = name.endswith(")") and _is_call(name)
    names = [module, name.partition("(")[0] if called else name] if colon else [module]
    if not all(_is_dotted_name(part) for part in names):
        allowed = (
            "module or module:callable, both dotted Python names such as package.app:application, or a call "
            "with plain values such as package.app:create_app()"
        )
        findings.add(("wsgi",), f"found {quote(text)}; allowed: {allowed}")
    return Wsgi(module, name if colon else None)


def _is_call(text: str) -> bool:
    """Tell whether a text is the call of a function with literals as arguments."""
    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name | ast.Attribute):
            return False
        for argument in (*call.args, *(named.value for named in call.keywords)):
            ast.literal_eval(argument)
    except (SyntaxError, ValueError):
        return False
    return True


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))


def _read_command(value: str | list[str], findings: Findings) -> ServerCommand:
    commands = (value,) if isinstance(value, str) else tuple(value)
    if not commands:
        findings.add(("server-command",), "found an empty list; write the command that starts an HTTP server")
    for index, command in enumerate(commands):
        path = ("server-command",) if isinstance(value, str) else ("server-command", index)
        if not command.strip():
            findings.add(path, "found an empty string; write the command that starts an HTTP server")
        if "\0" in command:
            findings.add(path, "found a NUL character, which a command cannot contain; remove it")
    return ServerCommand(commands)


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
    if bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
        text = f"found min {bounds.min} above max {bounds.max}; lower min or raise max"
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
            findings.add(path, f"found two values for {quote(key)}; a node has only one value for a label")
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


_PACKAGES = f"{HOME_DIRECTORY}/.local"

_NEEDED = {
    REPOSITORY_DIRECTORY: "the project's code",
    _PACKAGES: "the Python packages",
    SERVING_DIRECTORY: "the serving code",
    "/dev/shm": "the shared memory",
    "/proc": "the kernel's view of processes",
    "/sys": "the kernel's view of devices",
}
"""What a container cannot do without. A volume at such a place, or above it, would hide it."""

_NOT_WITHIN = (_PACKAGES, SERVING_DIRECTORY, "/dev/shm", "/proc", "/sys")
"""Places below which nothing may be mounted, either."""


def read_volumes(item: Item, findings: Findings) -> tuple[tuple[SharedVolume, ...], WorkspaceVolume | None]:
    """Return shared volumes and workspace volume, mount paths in normal form and no two alike."""
    mounted: dict[str, str] = {}
    shared = []
    for index, entry in enumerate(item.get("shared-volumes", ())):
        at = ("shared-volumes", index)
        _check_name(entry["pvc-name"], (*at, "pvc-name"), findings)
        shared.append(
            SharedVolume(
                claim_name=entry["pvc-name"],
                mount_path=_mount_path(entry["mount-path"], (*at, "mount-path"), mounted, findings),
                sub_path=_sub_path(entry.get("sub-path"), (*at, "sub-path"), findings),
                read_only=entry.get("read-only", False),
            )
        )
    entry = item.get("workspace-volume")
    if entry is None:
        return tuple(shared), None
    storage_class = entry.get("storage-class-name")
    if storage_class is not None:
        _check_name(storage_class, ("workspace-volume", "storage-class-name"), findings)
    path = _mount_path(entry["mount-path"], ("workspace-volume", "mount-path"), mounted, findings)
    return tuple(shared), WorkspaceVolume(path, int(entry["size"]), storage_class)


def _check_name(name: str, path: KeyPath, findings: Findings) -> None:
    if not DNS_SUBDOMAIN.fullmatch(name):
        allowed = "the name of a Kubernetes object: lower-case letters, digits, dashes and dots"
        findings.add(path, f"found {quote(name)}; allowed: {allowed}")


def _mount_path(written: str, path: KeyPath, mounted: dict[str, str], findings: Findings) -> str:
    """Return the normal form and note it in `mounted`; `/w` and `/w/` are one place."""
    allowed = "allowed: an absolute path below /, without .. and colons, such as /models"
    normal = posixpath.normpath("/" + written.lstrip("/"))
    if not written.startswith("/") or normal == "/" or ".." in written.split("/") or ":" in written:
        findings.add(path, f"found {quote(written)}; {allowed}")
    elif hidden := _hidden(normal):
        text = (
            f"{hidden} contains {_NEEDED[hidden]}, which a volume would hide; choose another path, such "
            "as /models"
        )
        findings.add(path, f"found {quote(written)}; {text}")
    elif normal in mounted:
        findings.add(
            path, f"found {quote(written)}, where {mounted[normal]} is mounted already; choose another path"
        )
    mounted.setdefault(normal, f"{path[0]}[{path[1]}]")
    return normal


def _hidden(mount_path: str) -> str | None:
    """Return the place that a volume at `mount_path` would hide or break, if there is one."""
    for place in _NEEDED:
        within = place in _NOT_WITHIN and mount_path.startswith(f"{place}/")
        if within or f"{place}/".startswith(f"{mount_path}/"):
            return place
    return None


def _sub_path(written: str | None, path: KeyPath, findings: Findings) -> str | None:
    if written is None:
        return None
    if not written or written.startswith("/") or ".." in written.split("/"):
        allowed = "a path relative to the volume's root, without .."
        findings.add(path, f"found {quote(written)}; allowed: {allowed}")
    return written
