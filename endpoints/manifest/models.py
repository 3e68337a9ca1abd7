"""What an `endpoint` of a valohai.yaml says, typed. Attribute names are the YAML keys with underscores."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from endpoints.errors import Problem


@dataclass(frozen=True)
class Definition:
    """The place of an endpoint in a valohai.yaml: `line` of its item, `key_lines` of its keys.

    `file` is the name that messages use for the manifest. `replaced` are the places of settings that count in
    place of keys such as `resources.memory.max`.
    """

    file: str
    name: str
    line: int
    key_lines: Mapping[str, int] = field(repr=False)
    replaced: Mapping[str, Problem] = field(default_factory=dict, repr=False)

    def problem(self, key: str, text: str) -> Problem:
        """Return a problem of a key such as `resources.memory.max`, whose first part may be missing.

        The empty key means the whole endpoint. The place is that of the setting which replaces the key or a
        part of it, if there is one.
        """
        for name, place in self.replaced.items():
            if f"{name}.".startswith(f"{key}.") or f"{key}.".startswith(f"{name}."):
                return replace(place, text=text)
        line = self.key_lines.get(key.partition(".")[0], self.line)
        return Problem(self.file, line, f"{self.name}.{key}" if key else self.name, text)


@dataclass(frozen=True)
class Wsgi:
    """An application object to serve by gunicorn, from `wsgi: module[:callable]`.

    `callable` is None where the key names the module alone; the launcher then looks for the usual names.
    """

    module: str
    callable: str | None = None


@dataclass(frozen=True)
class ServerCommand:
    """Shell command lines that start an HTTP server, from `server-command`; a string in YAML is one line."""

    commands: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file, for example a trained model, that is put at `path` relative to the repository in the image.

    `line` is where its item stands in the manifest.
    """

    name: str
    path: str
    description: str | None = None
    line: int = 1


@dataclass(frozen=True)
class Bounds:
    """What is requested at least and what is the limit; None where the manifest leaves it out."""

    min: Decimal | None = None
    max: Decimal | None = None


@dataclass(frozen=True)
class Resources:
    """Resource requests and limits.

    `cpu` is in vCPUs, `memory` and `ephemeral_storage` in whole MB (10^6 bytes). `devices` maps an extended
    resource such as `nvidia.com/gpu` to a whole count.
    """

    cpu: Bounds = Bounds()
    memory: Bounds = Bounds()
    ephemeral_storage: Bounds = Bounds()
    devices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Toleration:
    """A node taint that the pods tolerate, as Kubernetes has it; None means the key was left out."""

    key: str | None
    operator: str
    value: str | None
    effect: str | None


@dataclass(frozen=True)
class SharedVolume:
    """An existing PersistentVolumeClaim of the deployment's namespace, mounted at an absolute path."""

    claim_name: str
    mount_path: str
    sub_path: str | None = None
    read_only: bool = False


@dataclass(frozen=True)
class WorkspaceVolume:
    """A volume of `size` GiB for each replica, gone with it; no class means the cluster's default."""

    mount_path: str
    size: int
    storage_class_name: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """One endpoint; `line` is where its item begins, `key_lines` where each of its keys stands.

    `replaced` are the places of settings of a stack file that count in place of keys.
    """

    name: str
    image: str
    port: int
    server: Wsgi | ServerCommand
    description: str | None = None
    files: tuple[File, ...] = ()
    resources: Resources = Resources()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    shared_volumes: tuple[SharedVolume, ...] = ()
    workspace_volume: WorkspaceVolume | None = None
    line: int = 1
    key_lines: Mapping[str, int] = field(default_factory=dict, repr=False)
    replaced: Mapping[str, Problem] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Manifest:
    """The endpoints of one valohai.yaml, in the file's order; `file` is the name that messages use for it.

    `malformed` are those that could not be read: what is wrong with each, by its name.
    """

    file: str
    endpoints: tuple[Endpoint, ...]
    malformed: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    def endpoint(self, name: str) -> Endpoint | None:
        """Return the endpoint with that name, or None."""
        return next((endpoint for endpoint in self.endpoints if endpoint.name == name), None)

    def definition(self, endpoint: Endpoint) -> Definition:
        """Return the place of one of its endpoints."""
        return Definition(self.file, endpoint.name, endpoint.line, endpoint.key_lines, endpoint.replaced)
