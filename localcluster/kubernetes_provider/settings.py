"""The settings of a `kubernetes.Provider` resource (`CheckConfig` and `Configure` in provider.go).

The SDK sends strings: booleans as `true` or `false`, mappings as JSON. A setting that is absent falls back
to its environment variable, then to its default.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .failures import UserError
from .values import JsonObject, Unknown, without_secrets

_BOOLEANS: Final = {
    "deleteUnreachable": "PULUMI_K8S_DELETE_UNREACHABLE",
    "enableConfigMapMutable": "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    "enablePatchForce": "PULUMI_K8S_ENABLE_PATCH_FORCE",
    "enableSecretMutable": "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    "enableServerSideApply": "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
    "suppressDeprecationWarnings": "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
    "suppressHelmHookWarnings": "PULUMI_K8S_SUPPRESS_HELM_HOOK_WARNINGS",
    "upsertExistingObjects": "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
}
_STRINGS: Final = ("cluster", "clusterIdentifier", "context", "kubeconfig", "namespace", "strictMode")
_OFFICIAL_ONLY: Final = (
    "alwaysRender",
    "helmReleaseSettings",
    "renderYamlToDirectory",
    "skipUpdateUnreachable",
)
_OF_THE_ENGINE: Final = ("version", "pluginDownloadURL", "pluginChecksums", "__internal")


@dataclass(frozen=True)
class ClientSettings:
    """How to talk to the API server (`kubeClientSettings`)."""

    queries_per_second: float = 50.0
    """Sustained request rate."""

    burst: int = 120
    """How many requests may go out at once above the sustained rate."""

    timeout_seconds: float = 32.0
    """How long one request may take. Watches are not bound by it."""


@dataclass(frozen=True)
class ProviderSettings:
    """Settings with their defaults applied."""

    kubeconfig: str = ""
    """Path or content of a kubeconfig; empty: $KUBECONFIG, ~/.kube/config or the pod's service account."""

    context: str = ""
    """Context of the kubeconfig; empty: its current context."""

    cluster: str = ""
    """Cluster of the kubeconfig, in place of the context's."""

    namespace: str = ""
    """Namespace for objects that name none; empty: the context's, else `default`."""

    delete_unreachable: bool = False
    """Treat objects of a cluster that cannot be reached as gone."""

    config_map_mutable: bool = False
    """Change a ConfigMap's content in place instead of replacing it."""

    secret_mutable: bool = False
    """Change a Secret's content in place instead of replacing it."""

    patch_force: bool = False
    """Take fields over from other managers instead of reporting a conflict."""

    server_side_apply: bool = True
    """Update by server-side apply; false: by a merge patch of what changed in the program."""

    upsert_existing: bool = False
    """Adopt an object that exists already instead of refusing to create it."""

    client: ClientSettings = ClientSettings()


def check_settings(inputs: JsonObject, *, is_default_provider: bool) -> list[tuple[str, str]]:
    """Return (setting, what is wrong with it) for each setting that cannot be used; empty when all are fine.

    Unknown values pass: they are checked again when they are known.
    """
    plain = without_secrets(inputs)
    failures = [
        (name, f"{name} is not supported by the development plugin, which has no Helm and no YAML rendering")
        for name in _OFFICIAL_ONLY
        if plain.get(name) not in (None, "", False, "false", "{}")
    ]
    known = (*_BOOLEANS, *_STRINGS, *_OFFICIAL_ONLY, *_OF_THE_ENGINE, "kubeClientSettings")
    failures += [
        (name, f"{name} is no setting of the Kubernetes provider; known are: {', '.join(sorted(known[:-4]))}")
        for name in plain
        if name not in known
    ]
    if plain.get("strictMode") in (True, "true"):
        failures += _strict_failures(plain, is_default_provider)
    if any(isinstance(value, Unknown) for value in plain.values()):
        return failures
    try:
        parse_settings(plain, environment={})
    except UserError as error:
        failures.append(("", str(error)))
    return failures


def parse_settings(inputs: JsonObject, environment: Mapping[str, str] = os.environ) -> ProviderSettings:
    """Return the settings. Raises UserError where a value is not of its type."""
    plain = without_secrets(inputs)
    flags = {name: _boolean(name, plain, environment) for name in _BOOLEANS}
    texts = {name: _text(name, plain) for name in _STRINGS}
    server_side_apply = flags["enableServerSideApply"]
    return ProviderSettings(
        kubeconfig=texts["kubeconfig"],
        context=texts["context"],
        cluster=texts["cluster"],
        namespace=texts["namespace"],
        delete_unreachable=flags["deleteUnreachable"] is True,
        config_map_mutable=flags["enableConfigMapMutable"] is True,
        secret_mutable=flags["enableSecretMutable"] is True,
        patch_force=flags["enablePatchForce"] is True,
        server_side_apply=server_side_apply is not False,
        upsert_existing=flags["upsertExistingObjects"] is True,
        client=_client_settings(plain.get("kubeClientSettings"), environment),
    )


def _strict_failures(plain: JsonObject, is_default_provider: bool) -> list[tuple[str, str]]:
    failures = [
        (name, f'strict mode requires Provider "{name}" argument')
        for name in ("kubeconfig", "context")
        if plain.get(name) in (None, "")
    ]
    if is_default_provider:
        failures.append(("", "strict mode prohibits the default provider"))
    return failures


def _boolean(name: str, plain: JsonObject, environment: Mapping[str, str]) -> bool | None:
    value = plain.get(name)
    if value is None:
        value = environment.get(_BOOLEANS[name])
    if value in (None, ""):
        return None
    if value in (True, "true", "True"):
        return True
    if value in (False, "false", "False"):
        return False
    raise UserError(f"{name} must be true or false, not {value!r}")


def _text(name: str, plain: JsonObject) -> str:
    value = plain.get(name, "")
    if isinstance(value, dict) and name == "kubeconfig":
        return json.dumps(value)
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        raise UserError(f"{name} must be a string, not {type(value).__name__}")
    return value


def _client_settings(value: Any, environment: Mapping[str, str]) -> ClientSettings:
    given = _mapping(value)
    defaults = ClientSettings()
    burst = given.get("burst", environment.get("PULUMI_K8S_CLIENT_BURST"))
    rate = given.get("qps", environment.get("PULUMI_K8S_CLIENT_QPS"))
    timeout = given.get("timeout", environment.get("PULUMI_K8S_CLIENT_TIMEOUT"))
    return ClientSettings(
        queries_per_second=_positive("kubeClientSettings.qps", rate, defaults.queries_per_second),
        burst=int(_positive("kubeClientSettings.burst", burst, float(defaults.burst))),
        timeout_seconds=_positive("kubeClientSettings.timeout", timeout, defaults.timeout_seconds),
    )


def _mapping(value: Any) -> JsonObject:
    if value in (None, ""):
        return {}
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        raise UserError(f"kubeClientSettings must be a mapping: {error}") from None
    if not isinstance(parsed, dict):
        raise UserError(f"kubeClientSettings must be a mapping, not {type(parsed).__name__}")
    return parsed


def _positive(name: str, value: Any, default: float) -> float:
    if value in (None, ""):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if number <= 0:
        raise UserError(f"{name} must be a number above 0, not {value!r}")
    return number
