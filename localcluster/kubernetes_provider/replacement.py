"""Which changes cannot be made in place (provider/pkg/provider/diff.go).

The API server refuses to change these fields, so a new object must take the old one's place.
"""

from typing import Final

from .objects import GroupVersionKind
from .property_paths import parse_path
from .quantities import Path

_POD: Final = (
    *(
        f"spec.{name}"
        for name in (
            "affinity",
            "automountServiceAccountToken",
            "dnsConfig",
            "dnsPolicy",
            "enableServiceLinks",
            "hostAliases",
            "hostIPC",
            "hostNetwork",
            "hostPID",
            "hostname",
            "imagePullSecrets",
            "nodeName",
            "nodeSelector",
            "overhead",
            "preemptionPolicy",
            "priority",
            "priorityClassName",
            "readinessGates",
            "restartPolicy",
            "runtimeClassName",
            "schedulerName",
            "securityContext",
            "serviceAccount",
            "serviceAccountName",
            "shareProcessNamespace",
            "subdomain",
            "terminationGracePeriodSeconds",
            "volumes",
        )
    ),
    *(
        f"spec.{containers}[*].{name}"
        for containers in ("containers", "initContainers")
        for name in (
            "args",
            "command",
            "env",
            "image",
            "imagePullPolicy",
            "lifecycle",
            "livenessProbe",
            "ports",
            "readinessProbe",
            "resources",
            "securityContext",
            "stdin",
            "stdinOnce",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "tty",
            "volumeDevices",
            "volumeMounts",
            "workingDir",
        )
    ),
)

_VOLUME_SOURCES: Final = tuple(
    f"spec.{name}"
    for name in (
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "cephfs",
        "cinder",
        "csi",
        "fc",
        "flexVolume",
        "flocker",
        "gcePersistentDisk",
        "glusterfs",
        "hostPath",
        "iscsi",
        "local",
        "nfs",
        "photonPersistentDisk",
        "portworxVolume",
        "quobyte",
        "rbd",
        "scaleIO",
        "storageos",
        "vsphereVolume",
    )
)

_FIELDS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("", "PersistentVolume"): _VOLUME_SOURCES,
    ("", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("", "Pod"): _POD,
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}

_IDENTITY: Final = ("metadata.name", "metadata.namespace", "kind")
"""Immutable for every kind. A change of apiVersion alone is made in place: both serve the same object."""


def replacing_paths(kind: GroupVersionKind, *, config_map_mutable: bool, secret_mutable: bool) -> list[Path]:
    """Return the places whose change replaces an object of that kind.

    The content of a ConfigMap or Secret counts too, so that with generated names a change of content
    reaches the pods that refer to it; `config_map_mutable` and `secret_mutable` (settings of the provider,
    false for an object with `immutable: true`) lift that.
    """
    fields = [*_IDENTITY, *_FIELDS.get((kind.group, kind.kind), ())]
    if kind == GroupVersionKind("", "v1", "ConfigMap") and not config_map_mutable:
        fields += ["data", "binaryData"]
    if kind == GroupVersionKind("", "v1", "Secret") and not secret_mutable:
        fields += ["data", "stringData"]
    return [parse_path(field) for field in fields]
