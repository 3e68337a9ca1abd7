"""The annotations by which a program steers the plugin (provider/pkg/metadata/overrides.go)."""

from typing import Final

from .objects import GroupVersionKind, annotation_of, kind_of
from .values import JsonObject

AUTONAMED: Final = "pulumi.com/autonamed"
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
WAIT_FOR: Final = "pulumi.com/waitFor"
PATCH_FORCE: Final = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER: Final = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION_POLICY: Final = "pulumi.com/deletionPropagationPolicy"

DEFAULT_TIMEOUT_SECONDS: Final = 600.0
"""How long a wait may take where the program sets no time; 10 minutes, as in the official plugin."""

_DELETION_WITHOUT_WAIT: Final = frozenset(
    {
        GroupVersionKind("", "v1", "Namespace"),
        GroupVersionKind("", "v1", "Pod"),
        GroupVersionKind("", "v1", "ReplicationController"),
        GroupVersionKind("apps", "v1", "DaemonSet"),
        GroupVersionKind("apps", "v1", "Deployment"),
        GroupVersionKind("apps", "v1", "StatefulSet"),
        GroupVersionKind("batch", "v1", "Job"),
    }
)
"""Kinds for which skipAwait also skips the wait for deletion (`allowsSkipAwaitWithDelete`)."""


def is_true(kubernetes_object: JsonObject, key: str) -> bool:
    """Tell whether the annotation is exactly `true`."""
    return annotation_of(kubernetes_object, key) == "true"


def skips_wait(inputs: JsonObject) -> bool:
    """Tell whether the program asked not to wait for the object to become ready."""
    return is_true(inputs, SKIP_AWAIT)


def skips_wait_for_deletion(inputs: JsonObject) -> bool:
    """Tell whether the program asked not to wait, for a kind whose deletion that covers too."""
    return skips_wait(inputs) and kind_of(inputs) in _DELETION_WITHOUT_WAIT


def timeout_seconds(custom_timeout: float, inputs: JsonObject) -> float:
    """Return how many seconds a wait may take.

    `custom_timeout` (the resource option `customTimeouts`, 0 when absent) wins over
    `pulumi.com/timeoutSeconds`; an annotation that is not a whole number is ignored, as `TimeoutDuration`
    does.
    """
    if custom_timeout > 0:
        return custom_timeout
    value = annotation_of(inputs, TIMEOUT_SECONDS)
    return float(value) if value.isdecimal() else DEFAULT_TIMEOUT_SECONDS


def deletion_propagation(inputs: JsonObject) -> str:
    """Return the propagation policy of a deletion: Foreground unless the annotation says otherwise."""
    return {"orphan": "Orphan", "background": "Background"}.get(
        annotation_of(inputs, DELETION_PROPAGATION_POLICY).lower(), "Foreground"
    )
