"""The way to the API server that hooks of an update take, beside the engine's plugin."""

import os
from pathlib import Path
from typing import NotRequired, TypedDict

from kubernetes.client import ApiClient
from pydantic import SecretStr

from endpoints.cluster_client import open_connection
from endpoints.targets import Cluster


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
    """Open the connection; raises kubernetes' ConfigException for a kubeconfig that cannot be used."""
    content = args.get("kubeconfig_content")
    kubeconfig = SecretStr(content) if content is not None else args.get("kubeconfig")
    # The program's directory is that of Pulumi.yaml.
    return open_connection(Cluster(kubeconfig, args["context"], args["server"]), Path.cwd(), os.environ)
