"""The way to an endpoint by the API server, right to one of its pods."""

import http.client
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from endpoints.cluster.api import Api, Object, RefusedError, UnreachableError, selecting
from endpoints.cluster.forward import forwarded
from endpoints.smoke.request import Answer, SmokeRequest
from endpoints.smoke.way import CHUNK, NoAnswerError, innermost, read


class PodWay:
    """A connection that the API server forwards to a ready pod.

    It goes wherever a deployment goes, past the router. `selector` finds the pods in the namespace.
    """

    def __init__(self, api: Api, namespace: str, selector: Mapping[str, str], port: int) -> None:
        self._api = api
        self._namespace = namespace
        self._pods = selecting(f"/api/v1/namespaces/{namespace}/pods", labels=selector)
        self._port = port

    def send(self, request: SmokeRequest) -> Answer:
        """Return the answer; raises NoAnswerError where there is none in time."""
        deadline = time.monotonic() + request.timeout_seconds
        address = urlsplit(request.url)
        target = address.path + (f"?{address.query}" if address.query else "")
        connection = http.client.HTTPConnection(address.netloc or "localhost")
        try:
            pod = self._ready_pod(_left(deadline))
            with forwarded(self._api, self._namespace, pod, self._port, _left(deadline)) as connected:
                connected.settimeout(_left(deadline))
                connection.sock = connected
                connection.request(request.method, target, request.body, dict(request.all_headers))
                answer = connection.getresponse()
                body = read(iter(lambda: answer.read(CHUNK), b""), deadline)
                return Answer(answer.status, answer.reason, body)
        except RefusedError as refused:
            text = f"the API server does not forward ({refused}); the account needs get and create of"
            raise NoAnswerError(f"{text} pods/portforward, and list of pods") from None
        except UnreachableError as failure:
            raise NoAnswerError(f"the API server does not answer: {failure}") from None
        except TimeoutError:
            raise NoAnswerError(f"none within {request.timeout_seconds:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(innermost(error)) from None

    def _ready_pod(self, seconds: float) -> str:
        """Return the name of the newest pod that serves requests and goes on doing so."""
        listed = self._api.read(self._pods, seconds) or {}
        ready = [pod for pod in listed.get("items", ()) if _is_ready(pod)]
        if not ready:
            raise NoAnswerError(f"no pod is ready in the namespace {self._namespace}")
        return str(max(ready, key=lambda pod: pod["metadata"]["creationTimestamp"])["metadata"]["name"])


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    is_ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return is_ready and "deletionTimestamp" not in pod["metadata"]


def _left(deadline: float) -> float:
    """Return the seconds until `deadline` on the monotonic clock; raises TimeoutError where none are left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
