"""Asks the API server, briefly and without changing what it keeps."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import responses
from typing import Any
from urllib.parse import urlencode

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

_JSON = "application/json"

_DISCOVERY = ",".join(
    (
        f"{_JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        f"{_JSON};g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        _JSON,
    )
)
"""All groups with all their resources in one answer: https://kubernetes.io/docs/concepts/overview/kubernetes-api"""

_ANONYMOUS = '"system:anonymous"'
"""How the API server names whoever gives no credentials, or such that it has no use for:
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests"""

_METADATA = f"{_JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches"""

_PYTHON_OBJECT = re.compile(r"^(<[^>]*>|\w+\([^)]*\)): ")
"""What urllib3 puts before a reason: the connection that it is about."""


class UnreachableError(Exception):
    """The API server does not answer."""


class RefusedError(Exception):
    """The API server refuses a request; the text is its status, and what it says."""


@dataclass(frozen=True)
class Answer:
    """An HTTP status, and the object that came with it."""

    status: int
    body: Object = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What the API server says of a request that it refuses."""
        return str(self.body.get("message", ""))

    @property
    def is_to_anonymous(self) -> bool:
        """Whether the API server refuses because it has accepted no credentials."""
        return self.status == 403 and _ANONYMOUS in self.message

    @property
    def refusal(self) -> RefusedError:
        """What to raise where it was not meant to be refused."""
        said = self.message or "no reason is given"
        if self.is_to_anonymous:
            said = f"the kubeconfig gives no credentials that the API server accepts; log in again ({said})"
        return RefusedError(f"{self.status} {responses.get(self.status, 'unknown')}; {said}")


class Api:
    """An API server, asked over one pool of connections, that of `client`, by any number of threads."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    def get(self, path: str, accept: str = _JSON) -> Answer:
        """Return the answer to a GET; raises UnreachableError where there is none."""
        return self._request("GET", path, accept)

    def post(self, path: str, body: Object) -> Answer:
        """Return the answer to a POST, which must be a review, a dry run, or ask for a token."""
        return self._request("POST", path, body=body)

    def read(self, path: str, seconds: float | None = None) -> Object | None:
        """Return the one object, or the one list, at the path; None where there is none.

        It may take so many seconds, or as long as all other answers. Raises UnreachableError, and
        RefusedError where the account may not see it.
        """
        answer = self._request("GET", path, seconds=seconds)
        if answer.status not in (200, 404):
            raise answer.refusal
        return answer.body if answer.status == 200 else None

    def lines(self, path: str, *, endless: bool = False) -> Iterator[str]:
        """Yield the lines of a text, without line ends, as they come; raises as `read` does.

        Of one that is `endless` each line is waited for as long as it takes.
        """
        connect, answer = TIMEOUT_SECONDS
        with self._answered("GET", path, (connect, None if endless else answer), "*/*") as response:
            if response.status != 200:
                raise Answer(response.status, _object(response.read())).refusal
            # It is closed by the reader of its lines, not by its own end; carriage returns are no line ends.
            response.response.auto_close = False
            with io.TextIOWrapper(response.response, "utf-8", "replace", newline="\n") as text:
                yield from (line.removesuffix("\n") for line in text)

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

    def events(self, described: Object) -> tuple[Object, ...]:
        """Return what the cluster tells of an object; nothing where the account may not see that."""
        metadata = described["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/events"
        return self.list(selecting(path, fields={"involvedObject.uid": metadata["uid"]})) or ()

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

    def _if_answered(self, path: str, accept: str = _JSON) -> Answer:
        """Return the answer; one that takes too long is as good as one that is refused."""
        try:
            return self.get(path, accept)
        except UnreachableError:
            return Answer(0)

    def _request(
        self,
        method: str,
        path: str,
        accept: str = _JSON,
        body: Object | None = None,
        *,
        seconds: float | None = None,
    ) -> Answer:
        with self._answered(method, path, seconds or TIMEOUT_SECONDS, accept, body) as response:
            return Answer(response.status, _object(response.read()))

    @contextmanager
    def _answered(
        self, method: str, path: str, timeout: object, accept: str, body: Object | None = None
    ) -> Iterator[Any]:
        """Yield the client's answer; what goes wrong until it is read raises UnreachableError."""
        headers = {"Accept": accept, "Content-Type": _JSON}
        try:
            request = self.client.param_serialize(
                method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            yield self.client.call_api(*request, _request_timeout=timeout)
        except ApiException as failure:
            # Of a certificate, say: a class of urllib3's, and what it says.
            raise UnreachableError(str(failure.reason).partition("\n")[2]) from None
        except (HTTPError, OSError, ConfigException) as failure:
            raise UnreachableError(innermost_reason(failure)) from None


def selecting(
    path: str, *, labels: Mapping[str, str] | None = None, fields: Mapping[str, str] | None = None
) -> str:
    """Return the path of those objects of a list that have all the labels and fields."""
    selectors = {"labelSelector": labels, "fieldSelector": fields}
    texts = {
        name: ",".join(f"{key}={value}" for key, value in wanted.items())
        for name, wanted in selectors.items()
        if wanted
    }
    return f"{path}?{urlencode(texts)}"


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
