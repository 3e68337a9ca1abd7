"""Which kinds the API server has, and how they are addressed.

The official plugin reads the whole OpenAPI document at start. Here the scope of the built-in kinds is known
without a request, and each group version is asked for once, when an object of it is first created, changed
or deleted.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from ..objects import GroupVersionKind, field, items, text
from .connection import Connection
from .errors import ApiError

_CLUSTER_SCOPED: Final = frozenset(
    {
        ("", "ComponentStatus"),
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("certificates.k8s.io", "ClusterTrustBundle"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IPAddress"),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storage.k8s.io", "VolumeAttributesClass"),
    }
)

_BUILT_IN_GROUPS: Final = frozenset(
    {
        "",
        "apps",
        "autoscaling",
        "batch",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "policy",
        *(group for group, _ in _CLUSTER_SCOPED),
    }
)


class UnknownKindError(Exception):
    """The API server does not have the kind; often its CustomResourceDefinition is not installed yet."""

    def __init__(self, kind: GroupVersionKind) -> None:
        """Take the kind that was not found."""
        super().__init__(
            f"the API server has no kind {kind}; if a CustomResourceDefinition brings it, install that first"
        )
        self.kind = kind


@dataclass(frozen=True)
class ApiResource:
    """How objects of a kind are addressed."""

    kind: GroupVersionKind
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """Return the URL path of an object, or of the collection for an empty name."""
        prefix = f"/apis/{self.kind.api_version}" if self.kind.group else f"/api/{self.kind.version}"
        scope = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        tail = f"/{quote(name, safe='')}" if name else ""
        return f"{prefix}{scope}/{self.plural}{tail}"


def known_scope(kind: GroupVersionKind) -> bool | None:
    """Tell whether objects of a built-in kind live in namespaces; None for kinds of custom resources."""
    if kind.group not in _BUILT_IN_GROUPS:
        return None
    return (kind.group, kind.kind) not in _CLUSTER_SCOPED


class Discovery:
    """The kinds of one API server; each group version is read once."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection to ask over."""
        self._connection = connection
        self._groups: dict[str, dict[str, ApiResource]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def resource(self, kind: GroupVersionKind) -> ApiResource:
        """Return how to address the kind. Raises UnknownKindError; a miss is asked again at the next call."""
        lock = self._locks.setdefault(kind.api_version, asyncio.Lock())
        async with lock:
            if kind.kind not in self._groups.get(kind.api_version, {}):
                self._groups[kind.api_version] = await self._read(kind)
        found = self._groups[kind.api_version].get(kind.kind)
        if found is None:
            raise UnknownKindError(kind)
        return found

    async def _read(self, kind: GroupVersionKind) -> dict[str, ApiResource]:
        prefix = "/apis" if kind.group else "/api"
        try:
            answer = await self._connection.request("GET", f"{prefix}/{kind.api_version}")
        except ApiError as error:
            if error.is_not_found:
                return {}
            raise
        return {
            text(entry, "kind"): ApiResource(
                kind=GroupVersionKind(kind.group, kind.version, text(entry, "kind")),
                plural=text(entry, "name"),
                namespaced=field(entry, "namespaced") is True,
            )
            for entry in items(answer, "resources")
            if "/" not in text(entry, "name")  # subresources such as deployments/scale
        }
