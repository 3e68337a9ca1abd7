"""Reads endpoints' objects from their cluster."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from endpoints.address import Address
from endpoints.cluster_api import TIMEOUT_SECONDS, Object
from endpoints.cluster_client import label_selector, open_connection
from endpoints.deployed.outputs import read_secret_outputs
from endpoints.deployed.secret import read_secret
from endpoints.deployed.status import EndpointStatus, endpoint_status
from endpoints.deployed.troubles import needs_events
from endpoints.errors import ProjectError
from endpoints.settings import load_settings
from endpoints.stack_files import project_name, read_values, stack_file
from endpoints.targets import Cluster, resolve_target


class EndpointCluster:
    """A cluster, asked for what belongs to endpoints; every failure is a ProjectError."""

    def __init__(self, cluster: Cluster, root: Path) -> None:
        with _readable():
            api = open_connection(cluster, root, os.environ)
        self._api = api
        self._core = client.CoreV1Api(api)
        self._apps = client.AppsV1Api(api)
        self._autoscaling = client.AutoscalingV2Api(api)

    @classmethod
    def of_stack(cls, stack: str, root: Path) -> "EndpointCluster":
        """Return the cluster that a stack deploys to.

        Pulumi is asked for what stands in no file: the outputs of the stack that manages a cluster, and a
        kubeconfig among the stack's secrets. Nothing else has to be decrypted.
        """
        file, namespace = stack_file(root, stack), project_name(root)
        values = dict(read_values(file, namespace))
        match values.get("cluster"), values.get("secrets"):
            case {"kubeconfig": {"secret": str(name)}}, dict(secrets):
                values["secrets"] = {**secrets, name: read_secret(stack, root, namespace, name)}
        target = resolve_target(
            load_settings(values, file, namespace),
            root,
            os.environ,
            lambda managing: read_secret_outputs(managing, root),
        )
        return cls(target.cluster, root)

    def status(self, address: Address) -> EndpointStatus:
        """Return how an endpoint is."""
        name, namespace = address.object_name, address.namespace
        with _readable():
            workload = self._plain(self._apps.read_namespaced_deployment, name, namespace)
            autoscaler = self._plain(
                self._autoscaling.read_namespaced_horizontal_pod_autoscaler, name, namespace
            )
        pods = self.pods(address)
        unclear = [str(pod["metadata"]["name"]) for pod in pods if needs_events(pod)]
        with _readable():
            events = {pod: self._events(pod, namespace) for pod in unclear}
        return endpoint_status(workload, autoscaler, pods, events)

    def pods(self, address: Address) -> Sequence[Object]:
        """Return an endpoint's pods in the order of their names."""
        selector = label_selector(address.selector)
        with _readable():
            listed = self._core.list_namespaced_pod(
                address.namespace, label_selector=selector, _request_timeout=TIMEOUT_SECONDS
            )
        return sorted(self._objects(listed), key=lambda pod: str(pod["metadata"]["name"]))

    def log(self, address: Address, pod: str, *, lines: int, follow: bool, previous: bool) -> Iterator[str]:
        """Yield the last `lines` lines of a pod's log without line ends, and with `follow` what is added."""
        connect, read = TIMEOUT_SECONDS
        # Whoever follows waits for as long as the server has nothing to say; the signature leaves None out.
        timeout: Any = (connect, None if follow else read)
        with _readable():
            # Unread, the answer is urllib3's, whatever the signature says.
            answer: Any = self._core.read_namespaced_pod_log(
                pod,
                address.namespace,
                tail_lines=lines,
                follow=follow,
                previous=previous,
                _preload_content=False,
                _request_timeout=timeout,
            )
            rest = b""
            for chunk in answer.stream():
                *whole, rest = (rest + chunk).split(b"\n")
                yield from (line.decode(errors="replace") for line in whole)
            if rest:
                yield rest.decode(errors="replace")

    def _events(self, pod: str, namespace: str) -> Sequence[Object]:
        """Return what the cluster tells of a pod; nothing where the account may not see it."""
        try:
            listed = self._core.list_namespaced_event(
                namespace,
                field_selector=f"involvedObject.kind=Pod,involvedObject.name={pod}",
                _request_timeout=TIMEOUT_SECONDS,
            )
        except ApiException as error:
            if error.status == 403:
                return []
            raise
        return self._objects(listed)

    def _objects(self, listed: Any) -> list[Object]:
        found: list[Object] = self._api.sanitize_for_serialization(listed.items)  # type: ignore[no-untyped-call]
        return found

    def _plain(self, read: Any, name: str, namespace: str) -> Object | None:
        try:
            answer = read(name, namespace, _request_timeout=TIMEOUT_SECONDS)
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        found: Object = self._api.sanitize_for_serialization(answer)  # type: ignore[no-untyped-call]
        return found


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Turn what the client raises into a sentence."""
    try:
        yield
    except ApiException as error:
        raise ProjectError(f"the cluster refuses: {error.status} {error.reason}; {_message(error)}") from None
    except HTTPError as error:
        raise ProjectError(f"the cluster does not answer: {error}") from None
    except ConfigException as error:
        raise ProjectError(f"the kubeconfig cannot be used: {error}") from None


def _message(error: ApiException) -> str:
    body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else error.body or ""
    return body.strip()[:300] or "no reason is given"
