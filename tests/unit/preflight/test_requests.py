"""What answers of an API server mean; they are made up here, and real in tests/cluster/preflight."""

import json
from typing import Any

import pytest
from urllib3.exceptions import MaxRetryError, NewConnectionError

from endpoints.cluster.api import Answer, Api, UnreachableError
from endpoints.preflight.rights import Right, missing_rights, refusal

POD = {"metadata": {"namespace": "shop", "name": "greet"}, "spec": {"serviceAccountName": "endpoints"}}
GET, PATCH = Right("apps", "deployments", "get"), Right("apps", "deployments", "patch")


class Response:
    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text

    def read(self) -> bytes:
        return self.text.encode()


class Client:
    """Stands for the official client: `answers` by the end of the path; an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def param_serialize(self, method: str, path: str, **_: Any) -> tuple[str, str]:
        return method, path

    def call_api(self, method: str, path: str, **_: Any) -> Response:
        del method
        found = self.answers[path.rpartition("/")[2]]
        if isinstance(found, Exception):
            raise found
        status, body = found
        return Response(status, body if isinstance(body, str) else json.dumps(body))


def api(**answers: Any) -> Api:
    client: Any = Client(**answers)
    return Api(client)


class Scripted(Api):
    """Answers requests in their order, and keeps them."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def post(self, path: str, body: Any) -> Answer:
        del path
        self.asked.append(body)
        return self.answers.pop(0)


def forbidden(text: str, status: int = 403) -> Answer:
    return Answer(status, {"message": text})


@pytest.mark.parametrize(
    ("answer", "objects"),
    [
        ((200, {"items": [{"kind": "Node"}]}), ({"kind": "Node"},)),
        ((404, {}), ()),
        ((403, {}), None),
        ((500, "no JSON"), None),
        (TimeoutError("too slow"), None),
    ],
)
def test_what_is_refused_or_not_answered_is_told_from_what_is_not_there(answer: Any, objects: Any) -> None:
    assert api(nodes=answer).list("/api/v1/nodes") == objects


def test_a_failed_connection_is_told_by_its_innermost_reason() -> None:
    pool: Any = "HTTPSConnection(host='prod.example', port=6443)"
    inner = NewConnectionError(pool, "Failed to establish a new connection: [Errno 111] Connection refused")
    with pytest.raises(UnreachableError, match=r"^Failed to establish.*Connection refused$"):
        api(version=MaxRetryError(pool, "/version", inner)).get("/version")


def test_groups_of_an_extension_that_does_not_answer_count_as_missing() -> None:
    resources = [{"resource": "nodes"}]
    items = [
        {"metadata": {"name": name}, "versions": [{"version": "v1", "resources": resources, **freshness}]}
        for name, freshness in (("a.k8s.io", {"freshness": "Current"}), ("b.k8s.io", {"freshness": "Stale"}))
    ]
    assert api(apis=(200, {"items": items})).groups() == {
        "a.k8s.io": {"v1": frozenset({"nodes"})},
        "b.k8s.io": {},
    }
    # As of a server that knows the older form alone.
    assert api(apis=(200, {"groups": []})).groups() is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(201), ""),
        (forbidden('namespaces "shop" not found', 404), ""),
        (forbidden('pods "greet" is forbidden: exceeded quota: team'), "exceeded quota: team"),
        (forbidden("Pod is invalid: spec.containers[0]", 422), "Pod is invalid: spec.containers[0]"),
        (forbidden('admission webhook "a" denied the request: no', 400), 'admission webhook "a" denied the'),
        (forbidden('admission webhook "a" does not support dry run', 400), None),
        (forbidden('pods is forbidden: User "a" cannot create resource "pods" in API group'), None),
        (Answer(500), None),
    ],
)
def test_only_what_is_said_of_the_pod_is_a_refusal(answer: Answer, told: str | None) -> None:
    found = refusal(Scripted(answer), POD)
    if told is None or told == "":
        assert found == told
    else:
        assert found is not None
        assert found.startswith(told)


def test_a_pod_whose_account_is_not_there_yet_is_tried_with_another() -> None:
    missing = forbidden('pods "greet" is forbidden: error looking up service account shop/endpoints')
    asked = Scripted(missing, Answer(201))
    assert refusal(asked, POD) == ""
    assert [pod["spec"]["serviceAccountName"] for pod in asked.asked] == ["endpoints", "default"]


def test_rights_that_the_rules_do_not_hold_are_asked_for_one_by_one() -> None:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]
    listed = Answer(201, {"status": {"resourceRules": rules, "incomplete": True}})
    refused, granted = (Answer(201, {"status": {"allowed": allowed}}) for allowed in (False, True))

    asked = Scripted(listed, refused)
    assert missing_rights(asked, "shop", [GET, PATCH]) == (PATCH,)
    assert asked.asked[1]["spec"]["resourceAttributes"]["verb"] == "patch"
    assert missing_rights(Scripted(listed, granted), "shop", [GET, PATCH]) == ()
    assert missing_rights(Scripted(Answer(403), Answer(403)), "shop", [GET]) is None
