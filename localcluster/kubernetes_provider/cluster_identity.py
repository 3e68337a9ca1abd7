"""Whether changed provider settings mean another cluster (`DiffConfig` in provider.go).

Another cluster replaces the provider, and with it every object; renewed credentials, or a kubeconfig in
another place that says the same about its cluster, do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .failures import UserError
from .kubeconfig import ActiveCluster, active_cluster, load_kubeconfig
from .values import JsonObject, Unknown, without_secrets

_CLUSTER_SETTINGS: Final = ("kubeconfig", "context", "cluster")
_IDENTIFIER: Final = "clusterIdentifier"


@dataclass(frozen=True)
class SettingsDifference:
    """What changed between two versions of the provider's settings."""

    changed: list[str]
    """Names of settings that differ."""

    replacing: list[str]
    """Those whose change means another cluster."""


def compare_settings(old: JsonObject, new: JsonObject) -> SettingsDifference:
    """Compare the inputs of two versions of a provider; `new` may hold unknown values.

    With `clusterIdentifier` set in both, only its change replaces. Without, the cluster entry of the
    kubeconfig that the settings name is compared; a kubeconfig that only the environment names is not, nor
    is one that cannot be read.
    """
    before, after = without_secrets(old), without_secrets(new)
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if before.get(_IDENTIFIER) and after.get(_IDENTIFIER):
        return SettingsDifference(changed, [_IDENTIFIER] if _IDENTIFIER in changed else [])
    unknown = [name for name in _CLUSTER_SETTINGS if isinstance(after.get(name), Unknown)]
    if unknown:
        return SettingsDifference(changed, unknown)
    cluster_before, cluster_after = _cluster_of(before), _cluster_of(after)
    if cluster_before is None or cluster_after is None or cluster_before.entry == cluster_after.entry:
        return SettingsDifference(changed, [])
    return SettingsDifference(changed, [name for name in _CLUSTER_SETTINGS if name in changed])


def _cluster_of(settings: Mapping[str, object]) -> ActiveCluster | None:
    kubeconfig = settings.get("kubeconfig")
    if isinstance(kubeconfig, str) and kubeconfig:
        try:
            document = load_kubeconfig(kubeconfig, environment={})
            if document is not None:
                return active_cluster(document, _name(settings, "context"), _name(settings, "cluster"))
        except UserError:
            return None
    return None


def _name(settings: Mapping[str, object], key: str) -> str:
    value = settings.get(key)
    return value if isinstance(value, str) else ""
