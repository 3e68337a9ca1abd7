"""Asks the API server, briefly and without changing anything."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

Object = Mapping[str, Any]
"""A Kubernetes object as the API server writes it."""

Objects = tuple[Object, ...] | None
"""Objects that were looked for, maybe none; None where the account may not see them."""

TIMEOUT_SECONDS = (5, 10)
"""How long a connection and then an answer may take. Most take milliseconds; a server that does not answer
must not keep a preview waiting as long as Pulumi's plugin would."""

_DISCOVERY = ",".join(
    (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    )
)
"""All groups with all their resources in one answer: https://kubernetes.io/docs/concepts/overview/kubernetes-api"""

_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches"""

_PYTHON_OBJECT = re.compile(r"^(<[^>]*>|\w+\([^)]*\)): ")
"""What urllib3 puts before a reason: the connection that it is about."""


class UnreachableError(Exception):
    """The API server does not answer."""


@dataclass(frozen=True)
class Answer:
    """An HTTP status, and the object that came with it."""

    status: int
    body: Object = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What the API server says of a request that it refuses."""
        return str(self.body.get("message", ""))


class Api:
    """An API server, asked over one pool of connections by any number of threads."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def get(self, path: str, accept: str = "application/json") -> Answer:
        """Return the answer to a GET; raises UnreachableError where there is none."""
        return self._request("GET", path, accept, None)

    def post(self, path: str, body: Object) -> Answer:
        """Return the answer to a POST, which must be a review or a dry run."""
        return self._request("POST", path, "application/json", body)

    def list(self, path: str) -> Objects:
        """Return the objects of a list; a kind that is not served has none."""
        answer = self._if_answered(path)
        return tuple(answer.body.get("items", ())) if answer.status == 200 else _absent(answer)

    def find(self, path: str) -> Objects:
        """Return the one object at the path, if it is there."""
        return _one(self._if_answered(path))

    def find_metadata(self, path: str) -> Objects:
        """Return the metadata of the one object at the path, if it is there: of a Secret nothing secret."""
        return _one(self._if_answered(path, _METADATA))

    def groups(self) -> Mapping[str, Mapping[str, frozenset[str]]] | None:
        """Return the API groups that answer, with the resources of each version."""
        answer = self._if_answered("/apis", _DISCOVERY)
        if answer.status != 200 or "items" not in answer.body:
            return None
        return {
            group["metadata"]["name"]: {
                version["version"]: frozenset(item["resource"] for item in version.get("resources", ()))
                for version in group["versions"]
                # One that an extension serves is stale where the extension does not answer.
                if version.get("freshness") != "Stale"
            }
            for group in answer.body["items"]
        }

    def _if_answered(self, path: str, accept: str = "application/json") -> Answer:
        """Return the answer; one that takes too long is as good as one that is refused."""
        try:
            return self.get(path, accept)
        except UnreachableError:
            return Answer(0)

    def _request(self, method: str, path: str, accept: str, body: Object | None) -> Answer:
        headers = {"Accept": accept, "Content-Type": "application/json"}
        try:
            request = self._client.param_serialize(
                method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = self._client.call_api(*request, _request_timeout=TIMEOUT_SECONDS)
            return Answer(response.status, _object(response.read()))  # type: ignore[no-untyped-call]
        except ApiException as refused:
            return refusal(refused)
        except (HTTPError, OSError, ConfigException) as failure:
            raise UnreachableError(innermost_reason(failure)) from None


def refusal(refused: ApiException) -> Answer:
    """Return what the client raises, for an answer that is not wanted, as that answer."""
    return Answer(refused.status or 0, _object(refused.body))


def _one(answer: Answer) -> Objects:
    return (answer.body,) if answer.status == 200 else _absent(answer)


def _absent(answer: Answer) -> Objects:
    return () if answer.status == 404 else None


def _object(text: bytes | str | None) -> Object:
    try:
        found: Any = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def innermost_reason(failure: BaseException) -> str:
    """Return the innermost reason, without the names of Python's objects around it."""
    inner = failure
    while (deeper := getattr(inner, "reason", None) or inner.__cause__) and isinstance(deeper, BaseException):
        inner = deeper
    return _PYTHON_OBJECT.sub("", str(inner)) or type(inner).__name__
