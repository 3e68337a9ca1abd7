"""Reading Kubernetes objects: identity, nested fields and the resource IDs that stand for them in state."""

from dataclasses import dataclass
from typing import Any

from .values import JsonObject


@dataclass(frozen=True)
class GroupVersionKind:
    """What an object is. `group` is empty for the core API."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """Return the value of `apiVersion`: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


def kind_of(kubernetes_object: JsonObject) -> GroupVersionKind:
    """Return the object's group, version and kind. `core/v1` is read as `v1`, as officially."""
    group, _, version = str(kubernetes_object.get("apiVersion", "")).rpartition("/")
    kind = str(kubernetes_object.get("kind", ""))
    return GroupVersionKind(group="" if group == "core" else group, version=version, kind=kind)


def kind_of_type(type_token: str) -> GroupVersionKind:
    """Return what a Pulumi type token such as `kubernetes:apps/v1:Deployment` stands for."""
    _, group_version, kind = type_token.split(":", 2)
    group, _, version = group_version.rpartition("/")
    return GroupVersionKind(group="" if group == "core" else group, version=version, kind=kind)


def type_of_urn(urn: str) -> str:
    """Return the type token of `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def name_of_urn(urn: str) -> str:
    """Return the resource's name in the program, which may itself hold `::`."""
    return urn.split("::", 3)[3]


def field(value: Any, *path: str) -> Any:
    """Return the value at the path of keys, or None where a key or a mapping is missing."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def mapping(value: Any, *path: str) -> JsonObject:
    """Return the mapping at the path, or an empty one."""
    found = field(value, *path)
    return found if isinstance(found, dict) else {}


def items(value: Any, *path: str) -> list[Any]:
    """Return the list at the path, or an empty one."""
    found = field(value, *path)
    return found if isinstance(found, list) else []


def text(value: Any, *path: str) -> str:
    """Return the string at the path, or an empty one."""
    found = field(value, *path)
    return found if isinstance(found, str) else ""


def whole_number(value: Any, *path: str) -> int:
    """Return the whole number at the path, or 0: the API server leaves zeros out."""
    found = field(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def name_of(kubernetes_object: JsonObject) -> str:
    """Return `metadata.name`, or an empty string where it is missing or not known yet."""
    return text(kubernetes_object, "metadata", "name")


def namespace_of(kubernetes_object: JsonObject) -> str:
    """Return `metadata.namespace`, or an empty string where it is missing or not known yet."""
    return text(kubernetes_object, "metadata", "namespace")


def resource_id(kubernetes_object: JsonObject) -> str:
    """Return the ID in state: `namespace/name`, or `name` outside namespaces (`fqObjName`, util.go)."""
    namespace, name = namespace_of(kubernetes_object), name_of(kubernetes_object)
    return f"{namespace}/{name}" if namespace else name


def parse_resource_id(identifier: str) -> tuple[str, str]:
    """Return (namespace, name) of an ID; an ID without `/` has no namespace (`parseFqName`, util.go)."""
    namespace, _, name = identifier.rpartition("/")
    return namespace, name


def annotation_of(kubernetes_object: JsonObject, key: str) -> str:
    """Return an annotation's value, or an empty string."""
    value = mapping(kubernetes_object, "metadata", "annotations").get(key)
    return value if isinstance(value, str) else ""


def title(kubernetes_object: JsonObject) -> str:
    """Return how messages name the object: `Deployment production/predict-digit`."""
    return f"{kubernetes_object.get('kind', 'object')} {resource_id(kubernetes_object)}"


def condition(kubernetes_object: JsonObject, condition_type: str) -> JsonObject:
    """Return the entry of `status.conditions` with that type, or an empty mapping."""
    for entry in items(kubernetes_object, "status", "conditions"):
        if field(entry, "type") == condition_type:
            return mapping(entry)
    return {}


def is_owned_by(kubernetes_object: JsonObject, owner: JsonObject) -> bool:
    """Tell whether `owner` is among the object's owner references, compared by UID."""
    uid = text(owner, "metadata", "uid")
    return any(
        field(reference, "uid") == uid
        for reference in items(kubernetes_object, "metadata", "ownerReferences")
    )
