"""The way to the API server that hooks of an update take, beside the engine's plugin."""

import os
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

from kubernetes.client import ApiClient
from pydantic import SecretStr

from endpoints.cluster.connection import open_connection


class ClusterConnectionArgs(TypedDict):
    """How the API server is reached; it is used by updates and kept nowhere."""

    kubeconfig: NotRequired[str]
    """Path of the kubeconfig; kubectl's own choice when this and the next are absent."""
    kubeconfig_content: NotRequired[str]
    """A whole kubeconfig, a secret."""
    context: str
    """The context in it."""
    server: str
    """Address of the API server."""


def connect(args: ClusterConnectionArgs) -> ApiClient:
    """Return the connection, which any number of threads may use, and which ends with the program.

    Hooks of one cluster share it: many a kubeconfig has a program run for each connection, to log in. Raises
    ProjectError for a kubeconfig that cannot be used.
    """
    return _connect(args.get("kubeconfig"), args.get("kubeconfig_content"), args["context"])


@cache
def _connect(path: str | None, content: str | None, context: str) -> ApiClient:
    kubeconfig = SecretStr(content) if content is not None else path
    # The program's directory is that of Pulumi.yaml.
    return open_connection(kubeconfig, context, Path.cwd(), os.environ)
