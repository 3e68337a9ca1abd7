"""The way to an endpoint by the API server, right to one of its pods."""

import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward
from urllib3.exceptions import HTTPError

from endpoints.cluster_client import label_selector
from endpoints.smoke.request import Answer, SmokeRequest
from endpoints.smoke.time_limit import within
from endpoints.smoke.way import CHUNK, NoAnswerError, innermost, read


class PodWay:
    """A connection that the API server forwards to a ready pod, as `kubectl port-forward` does.

    It goes wherever a deployment goes, past the router. `selector` finds the pods in the namespace.
    """

    def __init__(self, api: client.ApiClient, namespace: str, selector: Mapping[str, str], port: int) -> None:
        self._core = client.CoreV1Api(api)
        self._namespace = namespace
        self._selector = label_selector(selector)
        self._port = port

    def send(self, request: SmokeRequest) -> Answer:
        """Return the answer; raises NoAnswerError where there is none in time."""
        deadline = time.monotonic() + request.timeout_seconds
        address = urlsplit(request.url)
        target = address.path + (f"?{address.query}" if address.query else "")
        try:
            with self._connection(address.netloc or "localhost", deadline) as connection:
                connection.request(request.method, target, request.body, dict(request.all_headers))
                answer = connection.getresponse()
                body = read(iter(lambda: answer.read(CHUNK), b""), deadline)
                return Answer(answer.status, answer.reason, body)
        except ApiException as error:
            # The client puts headers and body of a refused WebSocket behind its status line.
            said = str(error.reason).partition(" -+-+- ")[0]
            text = f"the API server does not forward ({said}); the account needs get and create of"
            raise NoAnswerError(f"{text} pods/portforward, and list of pods") from None
        except TimeoutError:
            raise NoAnswerError(f"none within {request.timeout_seconds:g} s") from None
        except (OSError, HTTPError, http.client.HTTPException) as error:
            raise NoAnswerError(innermost(error)) from None

    @contextmanager
    def _connection(self, host: str, deadline: float) -> Iterator[http.client.HTTPConnection]:
        # The client replaces a method of the connection that it is given, hence one of its own.
        with client.ApiClient(self._core.api_client.configuration) as api:
            connect = partial(
                portforward,
                client.CoreV1Api(api).connect_get_namespaced_pod_portforward,
                self._ready_pod(_left(deadline)),
                self._namespace,
                ports=str(self._port),
            )
            # The client opens a WebSocket without a time limit.
            forward = within(_left(deadline), connect, lambda late: late.close())
            with closing(forward.socket(self._port)) as connected:
                connected.settimeout(_left(deadline))
                connection = http.client.HTTPConnection(host)
                connection.sock = connected
                yield connection

    def _ready_pod(self, seconds: float) -> str:
        """Return the name of the newest pod that serves requests and goes on doing so."""
        listed: Any = self._core.list_namespaced_pod(
            self._namespace, label_selector=self._selector, _request_timeout=seconds
        )
        ready = [
            pod
            for pod in listed.items
            if pod.metadata.deletion_timestamp is None
            and any(
                condition.type == "Ready" and condition.status == "True"
                for condition in pod.status.conditions or ()
            )
        ]
        if not ready:
            raise NoAnswerError(f"no pod is ready in the namespace {self._namespace}")
        newest = max(ready, key=lambda pod: pod.metadata.creation_timestamp)
        return str(newest.metadata.name)


def _left(deadline: float) -> float:
    """Return the seconds until `deadline` on the monotonic clock; raises TimeoutError where none are left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
