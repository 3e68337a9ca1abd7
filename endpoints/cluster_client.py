"""Opens a connection to the API server, by the official client, which knows every way to log in."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import new_client_from_config, new_client_from_config_dict
from pydantic import SecretStr

from endpoints.kubeconfig import kubeconfig_files
from endpoints.targets import Cluster


def open_connection(cluster: Cluster, root: Path, environment: Mapping[str, str]) -> ApiClient:
    """Return a client for the cluster's context, which neither tries again nor writes to a kubeconfig.

    Raises kubernetes' ConfigException for a kubeconfig that cannot be used.
    """
    configuration = Configuration()
    configuration.retries = False
    client: ApiClient
    if isinstance(cluster.kubeconfig, SecretStr):
        client = new_client_from_config_dict(  # type: ignore[no-untyped-call]
            yaml.safe_load(cluster.kubeconfig.get_secret_value()),
            context=cluster.context,
            persist_config=False,
            client_configuration=configuration,
        )
        return client
    files = kubeconfig_files(cluster.kubeconfig, root, environment)
    client = new_client_from_config(  # type: ignore[no-untyped-call]
        os.pathsep.join(str(file) for file in files),
        context=cluster.context,
        persist_config=False,
        client_configuration=configuration,
    )
    return client


def label_selector(labels: Mapping[str, str]) -> str:
    """Return the labels as the API takes them to find objects that have all of them."""
    return ",".join(f"{key}={value}" for key, value in labels.items())
