"""Finding and reading kubeconfigs, with client-go's rules for merging several files.

Used for two things: to reach the cluster, and to tell whether a changed kubeconfig still means the same
cluster.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from .failures import UserError
from .objects import field, items, mapping, text
from .values import JsonObject

_FILE_KEYS: Final = {
    "clusters": ("cluster", ("certificate-authority",)),
    "users": ("user", ("client-certificate", "client-key", "tokenFile")),
}
"""Keys whose value is a path relative to the kubeconfig's own directory."""


@dataclass(frozen=True)
class ActiveCluster:
    """What a kubeconfig says about the cluster in use."""

    context: str
    """Name of the context in use."""

    entry: JsonObject
    """The `cluster` mapping: server, certificate authority and so on."""

    namespace: str
    """The context's namespace, or an empty string."""

    runs_a_program: bool
    """Whether a program gives the credentials, which then expire and are renewed (`exec`)."""

    @property
    def server(self) -> str:
        """Return the API server's URL."""
        return text(self.entry, "server")


def load_kubeconfig(path_or_content: str, environment: Mapping[str, str] = os.environ) -> JsonObject | None:
    """Return the kubeconfig as one mapping with absolute paths, or None where there is none at all.

    `path_or_content` is a path (`~` allowed), several paths joined as in $KUBECONFIG, or the content itself
    as YAML or JSON; empty: the files of $KUBECONFIG, else ~/.kube/config. Raises UserError for what cannot
    be read or parsed.
    """
    if path_or_content:
        paths = _existing_paths(path_or_content)
        return _merged(paths) if paths else _parsed(path_or_content, "the provider's kubeconfig")
    named = environment.get("KUBECONFIG", "")
    paths = _existing_paths(named) if named else _existing_paths("~/.kube/config")
    if named and not paths:
        raise UserError(f"KUBECONFIG names {named!r}, but there is no such file")
    return _merged(paths) if paths else None


def active_cluster(document: JsonObject, context: str = "", cluster: str = "") -> ActiveCluster:
    """Return the cluster in use: of that context (empty: the current one), or the one named by `cluster`.

    Raises UserError naming what is missing and what there is (`getActiveClusterFromConfig` in util.go).
    """
    context_name = context or text(document, "current-context")
    if not context_name:
        raise UserError(
            "the kubeconfig has no current-context; set the provider's context to one of: "
            + _names(document, "contexts")
        )
    chosen = _named(document, "contexts", context_name, "context")
    entry = _named(document, "clusters", cluster or text(chosen, "cluster"), "cluster")
    users = [entry for entry in items(document, "users") if field(entry, "name") == text(chosen, "user")]
    return ActiveCluster(
        context=context_name,
        entry=entry,
        namespace=text(chosen, "namespace"),
        runs_a_program=any("exec" in mapping(user, "user") for user in users),
    )


def with_choice(document: JsonObject, context: str, cluster: str) -> JsonObject:
    """Return the kubeconfig with the context as its current one, and the cluster in the context's place."""
    context_name = context or text(document, "current-context")
    contexts = [
        {**entry, "context": {**mapping(entry, "context"), "cluster": cluster}}
        if cluster and field(entry, "name") == context_name
        else entry
        for entry in items(document, "contexts")
    ]
    return {**document, "current-context": context_name, "contexts": contexts}


def _existing_paths(path_or_content: str) -> list[Path]:
    if "\n" in path_or_content or path_or_content.lstrip().startswith("{"):
        return []
    candidates = [Path(part).expanduser() for part in path_or_content.split(os.pathsep) if part]
    return [path for path in candidates if path.is_file()]


def _merged(paths: list[Path]) -> JsonObject:
    """Return the files merged: the first file that names an entry, or the current context, wins."""
    merged: JsonObject = {"clusters": [], "contexts": [], "users": []}
    for path in paths:
        try:
            content = path.read_text(encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot read the kubeconfig {path}: {error.strerror}") from None
        document = _with_absolute_paths(_parsed(content, str(path)), path.parent.absolute())
        for section in ("clusters", "contexts", "users"):
            names = {field(entry, "name") for entry in merged[section]}
            merged[section] += [e for e in items(document, section) if field(e, "name") not in names]
        if document.get("current-context"):
            merged.setdefault("current-context", document["current-context"])
    return merged


def _parsed(content: str, source: str) -> JsonObject:
    try:
        document: Any = yaml.safe_load(content)
    except yaml.YAMLError:
        # The parser's message quotes the text, which holds credentials.
        raise UserError(f"{source} is no valid YAML") from None
    if not isinstance(document, dict):
        raise UserError(
            f"{source} is neither the path of an existing file nor a kubeconfig (a mapping with clusters, "
            "contexts and users)"
        )
    return document


def _with_absolute_paths(document: JsonObject, directory: Path) -> JsonObject:
    result = dict(document)
    for section, (key, path_keys) in _FILE_KEYS.items():
        result[section] = [
            {**entry, key: _absolute(mapping(entry, key), path_keys, directory)}
            for entry in items(document, section)
        ]
    return result


def _absolute(entry: JsonObject, path_keys: tuple[str, ...], directory: Path) -> JsonObject:
    paths = {key: str(directory / entry[key]) for key in path_keys if isinstance(entry.get(key), str)}
    return {**entry, **paths}


def _named(document: JsonObject, section: str, name: str, key: str) -> JsonObject:
    for entry in items(document, section):
        if field(entry, "name") == name:
            return mapping(entry, key)
    raise UserError(f"the kubeconfig has no {key} {name!r}; it has: {_names(document, section)}")


def _names(document: JsonObject, section: str) -> str:
    return ", ".join(str(field(entry, "name")) for entry in items(document, section)) or "none"
