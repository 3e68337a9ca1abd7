"""Finds a context in kubeconfig files, the way kubectl does.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
"""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from endpoints.errors import Problem, ProjectError


def kubeconfig_files(kubeconfig: str | None, root: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the files to look into: the given one, else those of KUBECONFIG, else ``~/.kube/config``.

    A relative ``kubeconfig`` counts from ``root``, the directory of Pulumi.yaml.
    """
    if kubeconfig is not None:
        return [root / Path(kubeconfig).expanduser()]
    listed = [Path(entry) for entry in environment.get("KUBECONFIG", "").split(os.pathsep) if entry]
    return listed or [Path("~/.kube/config").expanduser()]


def find_server(files: list[Path], context: str) -> str:
    """Return the address of the API server that ``context`` leads to; raises as `find_cluster` does."""
    server: str = _find(files, context)["server"]
    return server


def find_server_in(content: SecretStr, context: str, named: str) -> str:
    """Return the address that ``context`` leads to in a kubeconfig's content; messages call it ``named``."""
    server: str = _choose([_parse(content.get_secret_value(), named)], context, named)["server"]
    return server


def find_cluster(files: list[Path], context: str) -> Mapping[str, Any]:
    """Return the cluster that ``context`` leads to, with its certificates in place of their file.

    As in kubectl, the first file that knows a name wins, and files that do not exist are passed over.

    Raises:
        ProjectError: no file can be read, or none knows the context or its cluster.

    """
    entry = dict(_find(files, context))
    authority = entry.pop("certificate-authority", None)
    if authority is not None and "certificate-authority-data" not in entry:
        try:
            entry["certificate-authority-data"] = base64.b64encode(Path(authority).read_bytes()).decode()
        except OSError as error:
            text = f"the certificates cannot be read: {error.strerror}; mend the kubeconfig"
            raise ProjectError(Problem(authority, None, "", text)) from None
    return entry


def _find(files: list[Path], context: str) -> Mapping[str, Any]:
    documents = [_read(path) for path in files if path.exists()]
    named = ", ".join(str(path) for path in files)
    if not documents:
        raise ProjectError(
            Problem(
                named,
                None,
                "",
                "there is no such kubeconfig file; set KUBECONFIG, or `kubeconfig` of the stack's `cluster`",
            )
        )
    return _choose(documents, context, named)


def _choose(documents: list[Mapping[str, Any]], context: str, named: str) -> Mapping[str, Any]:
    contexts = _entries(documents, "contexts", "context")
    if context not in contexts:
        known = ", ".join(sorted(contexts)) or "none"
        raise ProjectError(
            Problem(
                named, None, "contexts", f"there is no context named {context!r}; known contexts: {known}"
            )
        )
    cluster = contexts[context].get("cluster")
    clusters = _entries(documents, "clusters", "cluster")
    found = clusters.get(cluster, {}) if isinstance(cluster, str) else {}
    if not isinstance(found.get("server"), str):
        raise ProjectError(
            Problem(
                named,
                None,
                f"contexts.{context}.cluster",
                f"{cluster!r} is not a cluster with a server in these files; mend the kubeconfig",
            )
        )
    return found


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(str(path), error) from None
    document = _parse(content, str(path))
    for cluster in _entries([document], "clusters", "cluster").values():
        # A relative path counts from the kubeconfig's directory, as in kubectl.
        if isinstance(authority := cluster.get("certificate-authority"), str):
            cluster["certificate-authority"] = str(path.parent / authority)
    return document


def _parse(content: str, named: str) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise _unreadable(named, error) from None
    return document if isinstance(document, dict) else {}


def _unreadable(named: str, error: Exception) -> ProjectError:
    # A parser's message may quote the file, and a kubeconfig holds credentials.
    return ProjectError(
        Problem(named, None, "", f"this is not a readable kubeconfig file ({type(error).__name__})")
    )


def _entries(documents: list[Mapping[str, Any]], kind: str, body: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        for entry in document.get(kind) or []:
            if isinstance(entry, dict) and isinstance(entry.get(body), dict):
                found.setdefault(str(entry.get("name")), entry[body])
    return found
