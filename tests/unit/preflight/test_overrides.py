"""What the API server says of objects that the stack file changes is told at the line that changes them."""

from dataclasses import replace
from typing import Any

import pytest

from endpoints.cluster.api import Answer
from endpoints.preflight.checks.overrides import check_overrides
from endpoints.preflight.facts import NamespaceFacts
from endpoints.preflight.mistakes import Mistake, mistakes
from endpoints.preflight.trial import Trial, trial_objects
from tests.unit.preflight.conftest import NAMESPACE, SOUND, MakeIntent

PATCH = {"Deployment": {"spec": {"minReadySecond": 1, "template": {"spec": {"containers": []}}}}}


class Server:
    """Answers each request with the next of its answers."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.paths: list[str] = []

    def post(self, path: str, body: object) -> Answer:  # noqa: ARG002 - as the client has it
        self.paths.append(path)
        return self.answers.pop(0)


def refused(status: int, message: str, *causes: dict[str, str]) -> Answer:
    return Answer(status, {"message": message, "details": {"causes": list(causes)}})


def trials(intend: MakeIntent, **stack: Any) -> list[Trial]:
    intent = intend(**stack)
    return list(trial_objects(intent.plan.deployments[0], intent.target))


@pytest.fixture
def trial(intend: MakeIntent) -> Trial:
    return trials(intend, endpoint={"overrides": PATCH})[0]


def test_only_objects_that_the_stack_file_changes_are_tried(intend: MakeIntent) -> None:
    assert [one.kind for one in trials(intend) if one.is_changed] == []
    annotated = {"kind": "ingress", "ingressClass": "traefik", "annotations": {"a/b": "c"}}
    (route,) = trials(intend, routing=annotated)
    assert (route.kind, route.object["metadata"]["annotations"]["a/b"]) == ("Ingress", "c")
    several = {
        "Service": {"spec": {"a": 1}},
        "HorizontalPodAutoscaler": {"spec": {"b": 2}},
        "PodMonitor": {"spec": {}},
    }
    found = [one for one in trials(intend, endpoint={"overrides": several}) if one.is_changed]
    assert [(one.kind, one.path("n").partition("?")[0]) for one in found] == [
        ("Service", "/api/v1/namespaces/n/services"),
        ("HorizontalPodAutoscaler", "/apis/autoscaling/v2/namespaces/n/horizontalpodautoscalers"),
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(201), []),
        (refused(409, "already exists"), []),
        (refused(403, "deployments is forbidden: User cannot create resource"), []),
        (
            refused(400, 'strict decoding error: unknown field "spec.a", unknown field "spec.b[0].c"'),
            ["spec.a", "spec.b[0].c"],
        ),
        (
            refused(
                400,
                "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.minReadySeconds of "
                "type int32",
            ),
            ["spec.minReadySeconds"],
        ),
        (refused(422, "invalid", {"field": "spec.a", "message": "Invalid value"}), ["spec.a"]),
        (refused(422, "a policy"), [""]),
        (refused(400, 'admission webhook "nginx" denied the request: no snippets'), [""]),
        (
            refused(
                403, "forbidden: ValidatingAdmissionPolicy 'a' with binding 'a' denied request: no annotation"
            ),
            [""],
        ),
    ],
)
def test_the_fields_are_taken_from_what_the_api_server_says(
    trial: Trial, answer: Answer, expected: list[str]
) -> None:
    found = mistakes(Server(answer), trial)  # type: ignore[arg-type]
    assert [mistake.field for mistake in found] == expected


def test_values_for_a_namespace_that_does_not_exist_yet_are_tried_in_another(trial: Trial) -> None:
    server = Server(
        refused(404, f'namespaces "{NAMESPACE}" not found'),
        refused(422, "invalid", {"field": "spec.minReadySeconds", "message": "Invalid value: -1"}),
    )
    (mistake,) = mistakes(server, trial)  # type: ignore[arg-type]
    assert mistake.field == "spec.minReadySeconds"
    assert [path.split("/")[5] for path in server.paths] == [NAMESPACE, "default"]


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("spec.minReadySecond", ".spec.minReadySecond"),
        ("spec.template.spec.containers[0].foo", ".spec.template.spec.containers"),
        ("spec.selector", ".spec"),
        ("", ""),
    ],
)
def test_a_mistake_is_told_at_the_key_that_it_is_about(intend: MakeIntent, field: str, key: str) -> None:
    intent = intend(endpoint={"overrides": PATCH})
    trial, _ = trial_objects(intent.plan.deployments[0], intent.target)
    seen = NamespaceFacts(mistakes=((trial, Mistake(field, "is wrong")),))
    (finding,) = check_overrides(intent, replace(SOUND, namespaces={NAMESPACE: seen}))
    assert finding.fatal
    assert finding.problem.key == (
        f"endpoints:deployments[0].versions[0].endpoints.greet.overrides.Deployment{key}"
    )
    assert finding.problem.line is not None


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [
        ({}, "endpoints:routing.annotations"),
        (
            {"routing": {"annotations": {"a/b": "d"}}},
            "endpoints:deployments[0].versions[0].endpoints.greet.routing.annotations",
        ),
    ],
)
def test_annotations_that_a_router_refuses_are_told_at_the_place_that_sets_them(
    intend: MakeIntent, endpoint: dict[str, Any], key: str
) -> None:
    routing = {"kind": "ingress", "ingressClass": "traefik", "annotations": {"a/b": "c"}}
    intent = intend(routing=routing, endpoint=endpoint)
    (trial,) = trial_objects(intent.plan.deployments[0], intent.target)
    seen = NamespaceFacts(mistakes=((trial, Mistake("", "denied")),))
    (finding,) = check_overrides(intent, replace(SOUND, namespaces={NAMESPACE: seen}))
    assert finding.problem.key == key
    assert finding.problem.text == "the Ingress: denied"


REFUSED_PATH = (
    'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: ingress contains '
    "invalid paths: path /acme/greeting/production/20261101.0/greet cannot be used with pathType Prefix"
)


@pytest.mark.parametrize("exists", [True, False])
def test_a_controller_that_refuses_paths_with_a_dot_is_told_with_its_setting(
    intend: MakeIntent, exists: bool
) -> None:
    intent = intend()
    (route,) = trial_objects(intent.plan.deployments[0], intent.target)
    answers = [refused(400, REFUSED_PATH)]
    if not exists:
        answers.insert(0, refused(404, f'namespaces "{NAMESPACE}" not found'))
    found = mistakes(Server(*answers), route)  # type: ignore[arg-type]
    seen = NamespaceFacts(mistakes=tuple((route, mistake) for mistake in found))
    (finding,) = check_overrides(intent, replace(SOUND, namespaces={NAMESPACE: seen}))
    assert finding.fatal
    assert finding.problem.key == "endpoints:routing"
    assert 'set strict-validate-path-type: "false" in the ConfigMap of the controller' in finding.problem.text


def test_what_else_is_said_of_a_route_that_the_stack_file_does_not_change_is_left_to_the_update(
    intend: MakeIntent,
) -> None:
    intent = intend()
    (route,) = trial_objects(intent.plan.deployments[0], intent.target)
    seen = NamespaceFacts(mistakes=((route, Mistake("", "denied the request: try again")),))
    assert list(check_overrides(intent, replace(SOUND, namespaces={NAMESPACE: seen}))) == []
