"""Reads kubeconfigs the way kubectl does: several files are one, and relative paths count from their file.

The client's own reader is no part of its public interface, quotes what it cannot read, and takes half a
second to import, which commands that need no more than the address of an API server would wait for.
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

_BODIES = {"clusters": "cluster", "users": "user", "contexts": "context"}

REMOVED_PROVIDERS = {
    "gcp": "install gke-gcloud-auth-plugin, then run: gcloud container clusters get-credentials CLUSTER",
    "azure": "install kubelogin, then run: kubelogin convert-kubeconfig",
}
"""What to do in place of each: https://kubernetes.io/blog/2022/12/09/kubernetes-v1-26-release/"""

_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class Kubeconfig:
    """One or several kubeconfig documents, of which the first that knows a name wins.

    `named` is what messages call them.
    """

    def __init__(self, documents: list[Mapping[str, Any]], named: str) -> None:
        self._named = named
        self._entries: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _BODIES}
        for document in documents:
            for kind, name, body in _bodies(document):
                self._entries[kind].setdefault(name, body)

    def cluster(self, context: str) -> Mapping[str, Any]:
        """Return the cluster that the context leads to; raises ProjectError where none has a server."""
        name = self._context(context).get("cluster")
        found = self._entries["clusters"].get(name, {}) if isinstance(name, str) else {}
        if not isinstance(found.get("server"), str):
            text = f"{name!r} is not a cluster with a server in these files; fix the kubeconfig"
            raise ProjectError(Problem(self._named, None, f"contexts.{context}.cluster", text))
        return found

    def server(self, context: str) -> str:
        """Return the address of the API server that the context leads to; raises as `cluster` does."""
        return str(self.cluster(context)["server"])

    def portable_cluster(self, context: str) -> Mapping[str, Any]:
        """Return the cluster with its certificates in place of their file.

        Raises ProjectError as `cluster` does, and where the file cannot be read.
        """
        entry = dict(self.cluster(context))
        authority = entry.pop("certificate-authority", None)
        if authority is not None and "certificate-authority-data" not in entry:
            try:
                entry["certificate-authority-data"] = base64.b64encode(Path(authority).read_bytes()).decode()
            except OSError as error:
                text = f"the certificates cannot be read: {error.strerror}; fix the kubeconfig"
                raise ProjectError(Problem(authority, None, "", text)) from None
        return entry

    def user(self, context: str) -> Mapping[str, Any]:
        """Return the credentials of the context: none where it names no user, or one that is not there.

        Raises ProjectError for a way to log in that clients of Kubernetes 1.26 and newer do not have.
        """
        name = str(self._context(context).get("user"))
        user = self._entries["users"].get(name, {})
        provider = (user.get("auth-provider") or {}).get("name")
        if provider in REMOVED_PROVIDERS:
            text = (
                f"the user {name} logs in by the auth-provider {provider}, which Kubernetes 1.26 has removed"
            )
            text += f"; {REMOVED_PROVIDERS[provider]}"
            raise ProjectError(Problem(self._named, None, "users", text))
        return user

    def _context(self, name: str) -> Mapping[str, Any]:
        contexts = self._entries["contexts"]
        if name not in contexts:
            known = ", ".join(sorted(contexts)) or "none"
            text = f"there is no context named {name!r}; known contexts: {known}"
            raise ProjectError(Problem(self._named, None, "contexts", text))
        return contexts[name]


def find_kubeconfig(
    kubeconfig: str | SecretStr | None,
    root: Path,
    environment: Mapping[str, str],
    named: str = "the kubeconfig",
) -> Kubeconfig:
    """Return the kubeconfig: of a path, of its content, which messages call `named`, or kubectl's own choice.

    As in kubectl, files that do not exist are passed over. Raises ProjectError where none is left, or one
    cannot be read.
    """
    if isinstance(kubeconfig, SecretStr):
        return Kubeconfig([_parse(kubeconfig.get_secret_value(), named)], named)
    files = kubeconfig_files(kubeconfig, root, environment)
    listed = ", ".join(str(path) for path in files)
    documents = [_read(path) for path in files if path.exists()]
    if not documents:
        text = "there is no such kubeconfig file; set KUBECONFIG, or `kubeconfig` of the stack's `cluster`"
        raise ProjectError(Problem(listed, None, "", text))
    return Kubeconfig(documents, listed)


def kubeconfig_files(kubeconfig: str | None, root: Path, environment: Mapping[str, str]) -> list[Path]:
    """Return the files to look into: the given one, else those of KUBECONFIG, else ``~/.kube/config``.

    A relative ``kubeconfig`` counts from ``root``, the directory of Pulumi.yaml.
    """
    if kubeconfig is not None:
        return [root / Path(kubeconfig).expanduser()]
    listed = [Path(entry) for entry in environment.get("KUBECONFIG", "").split(os.pathsep) if entry]
    return listed or [Path("~/.kube/config").expanduser()]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(str(path), error) from None
    document = _parse(content, str(path))
    for _, _, body in _bodies(document):
        for key in _PATHS:
            if isinstance(body.get(key), str):
                body[key] = str(path.parent / body[key])
        program = body.get("exec")
        if isinstance(program, dict) and os.sep in str(program.get("command")):
            program["command"] = str(path.parent.absolute() / str(program["command"]))
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


def _bodies(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return kind, name and body of all well-formed entries of a document."""
    return [
        (kind, str(entry.get("name")), entry[key])
        for kind, key in _BODIES.items()
        for entry in document.get(kind) or []
        if isinstance(entry, dict) and isinstance(entry.get(key), dict)
    ]
