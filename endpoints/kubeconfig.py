"""Finds a context in kubeconfig files, the way kubectl does.

https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

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
    """Return the address of the API server that ``context`` leads to.

    As in kubectl, the first file that knows a name wins, and files that do not exist are passed over.

    Raises:
        ProjectError: no file can be read, or none knows the context or its cluster.

    """
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
    server = clusters.get(cluster, {}).get("server") if isinstance(cluster, str) else None
    if not isinstance(server, str):
        raise ProjectError(
            Problem(
                named,
                None,
                f"contexts.{context}.cluster",
                f"{cluster!r} is not a cluster with a server in these files; mend the kubeconfig",
            )
        )
    return server


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        # A parser's message may quote the file, and a kubeconfig holds credentials.
        raise ProjectError(
            Problem(str(path), None, "", f"this is not a readable kubeconfig file ({type(error).__name__})")
        ) from None
    return document if isinstance(document, dict) else {}


def _entries(documents: list[Mapping[str, Any]], kind: str, body: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for document in documents:
        for entry in document.get(kind) or []:
            if isinstance(entry, dict) and isinstance(entry.get(body), dict):
                found.setdefault(str(entry.get("name")), entry[body])
    return found
