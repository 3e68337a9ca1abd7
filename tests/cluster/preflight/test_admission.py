"""Pods that quotas, limit ranges and policies refuse, of Deployments that the API server accepts."""

from collections.abc import Iterator

import pytest

from tests.cluster.deployments.kubectl import Kubectl, wait_until
from tests.cluster.preflight.cluster_objects import Object, namespace, of_namespace, present
from tests.cluster.preflight.conftest import MANIFEST, Look, Place, Seen

pytestmark = pytest.mark.cluster

PLACE = Place("preflight-admission")

TWO_CPUS = MANIFEST.rstrip() + "\n        resources: {cpu: {min: 1, max: 2}, memory: {min: 100, max: 200}}\n"


@pytest.fixture(autouse=True)
def own_namespace(kubectl: Kubectl) -> Iterator[None]:
    own = namespace(PLACE.namespace)
    own["metadata"]["labels"] = {
        "valohai.com/deployment": "production",
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    with present(kubectl, own):
        wait_until(
            lambda: kubectl.get("serviceaccounts", PLACE.namespace),
            60,
            "the namespace has its default account",
        )
        yield


def quota(**hard: str) -> Object:
    named = {key.replace("_", "."): value for key, value in hard.items()}
    return of_namespace("v1", "ResourceQuota", "team", PLACE.namespace, spec={"hard": named})


def limit_range(**limits: Object) -> Object:
    return of_namespace(
        "v1", "LimitRange", "team", PLACE.namespace, spec={"limits": [{"type": "Container", **limits}]}
    )


def seen_once(look: Look, text: str, **settings: object) -> Seen:
    """Look until admission has taken notice of what was made a moment ago."""

    def there() -> Seen | None:
        seen = look(**settings)
        return seen if any(text in found for found in [*seen.errors, *seen.advice]) else None

    return wait_until(there, 60, f"the preflight says: {text}")


def test_pods_here_meet_the_restricted_standard(look: Look) -> None:
    seen = look(manifest=TWO_CPUS)
    assert (seen.errors, seen.advice) == ([], [])


def test_a_quota_that_asks_for_limits_is_told_with_both_remedies(look: Look, kubectl: Kubectl) -> None:
    with present(kubectl, quota(limits_cpu="4")):
        (error,) = seen_once(look, "must specify limits.cpu").errors
    assert f"valohai.yaml:2: greet.resources: the namespace {PLACE.namespace} refuses" in error
    assert (
        "give the endpoint `resources` with min and max, or ask your cluster administrator for a "
        "LimitRange with defaults"
    ) in error


def test_a_limit_range_with_defaults_lets_such_pods_in(look: Look, kubectl: Kubectl) -> None:
    defaults = limit_range(default={"cpu": "1"}, defaultRequest={"cpu": "100m"})
    with present(kubectl, quota(limits_cpu="4"), defaults):
        wait_until(lambda: look().errors == [], 60, "the limit range lets the pods in")


def test_a_container_above_the_limit_range_is_refused(look: Look, kubectl: Kubectl) -> None:
    with present(kubectl, limit_range(max={"cpu": "1"})):
        (error,) = seen_once(look, "maximum cpu usage per Container is 1", manifest=TWO_CPUS).errors
    assert (
        "but limit is 2; request less in `resources`, or ask your cluster administrator to change the "
        "LimitRange"
    ) in error


def test_pods_that_never_fit_a_quota_are_an_error_and_those_of_a_rush_are_told(
    look: Look, kubectl: Kubectl
) -> None:
    def replicas(least: int, most: int) -> Object:
        return {"replicas": {"min": least, "max": most}}

    with present(kubectl, quota(requests_cpu="3", limits_memory="1Gi")):
        too_many = seen_once(look, "with `min` pods", manifest=TWO_CPUS, endpoint=replicas(4, 4))
        under_load = look(manifest=TWO_CPUS, endpoint=replicas(1, 4))
        fitting = look(manifest=TWO_CPUS, endpoint=replicas(1, 3))
    (error,) = too_many.errors
    assert "its endpoints take requests.cpu of 4, and the quota team has 3 with `min`" in error
    assert under_load.errors == []
    (advice,) = under_load.advice
    assert "with `max` pods; under load, some pods are refused" in advice
    assert (fitting.errors, fitting.advice) == ([], [])


def test_a_policy_of_the_cluster_that_refuses_pods_is_quoted(look: Look, kubectl: Kubectl) -> None:
    group = "admissionregistration.k8s.io/v1"
    named = {"name": f"{PLACE.organization}-images"}
    selected = {"matchLabels": {"kubernetes.io/metadata.name": PLACE.namespace}}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    policy = {
        "apiVersion": group,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": named,
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": "false", "message": "images come from registry.acme.example"}],
        },
    }
    binding = {
        "apiVersion": group,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": named,
        "spec": {
            "policyName": named["name"],
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": selected},
        },
    }
    with present(kubectl, policy, binding):
        (error,) = seen_once(look, "images come from registry.acme.example").errors
    assert f"refuses its pods: ValidatingAdmissionPolicy '{named['name']}'" in error
    assert "ask your cluster administrator" in error
