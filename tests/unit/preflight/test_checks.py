"""What no cluster here can be, judged from made-up facts; tests/cluster/preflight provokes the rest."""

from dataclasses import replace
from typing import Any

import pytest

from endpoints.cluster.api import Object
from endpoints.preflight.checks.access import check_access, check_pull_secrets
from endpoints.preflight.checks.certificates import check_certificates
from endpoints.preflight.checks.cluster import check_moves
from endpoints.preflight.facts import Finding, Intent, NamespaceFacts
from endpoints.preflight.rights import Right
from endpoints.target import Move
from tests.unit.preflight.conftest import MANIFEST, NAMESPACE, PREFIX, SOUND, Judge, MakeIntent, objects


def test_nothing_is_said_of_a_sound_cluster(judge: Judge) -> None:
    assert judge() == []


@pytest.mark.parametrize(
    ("version", "pre_stop", "told"),
    [
        (
            (1, 29),
            5,
            "the cluster runs Kubernetes 1.29, and Kubernetes 1.30 or later is required (preStop sleep)",
        ),
        ((1, 30), 5, None),
        ((1, 32), 0, "preStopSeconds: 0 requires 1.33 or later"),
        ((1, 33), 0, None),
    ],
)
def test_versions_that_would_refuse_the_workloads_are_errors(
    judge: Judge, version: tuple[int, int], pre_stop: int, told: str | None
) -> None:
    found = judge(but={"version": version}, endpoint={"shutdown": {"preStopSeconds": pre_stop}})
    if told is None:
        assert found == []
    else:
        (finding,) = found
        assert finding.fatal
        assert told in str(finding.problem)


def test_without_a_metrics_api_the_autoscaler_is_told_to_be_blind(judge: Judge) -> None:
    (finding,) = judge(but={"groups": {}})
    assert not finding.fatal
    assert f"metrics.k8s.io is unavailable in the cluster; {PREFIX} will not scale above `min`" in str(
        finding.problem
    )
    assert judge(but={"groups": {}}, endpoint={"replicas": {"min": 2, "max": 2}}) == []


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ((), "the cluster has no IngressClass; install an Ingress controller"),
        (objects("IngressClass", "a", "b"), "no default IngressClass; add ingressClass, one of: a, b"),
    ],
)
def test_ingresses_without_a_class_need_a_default_one(judge: Judge, classes: Any, told: str) -> None:
    (finding,) = judge(but={"ingress_classes": classes}, routing={"kind": "ingress"})
    assert finding.fatal
    assert told in str(finding.problem)


def test_a_pod_that_a_full_quota_refuses_is_advice_since_it_may_be_full_for_the_moment(judge: Judge) -> None:
    said = "exceeded quota: team, requested: pods=1, used: pods=3, limited: pods=3"
    (finding,) = judge(within={"refusals": {"greet-1": said}})
    assert not finding.fatal
    assert (
        f"{said}; lower requests or remove pods, or ask your cluster administrator to raise the quota"
    ) in str(finding.problem)


@pytest.mark.parametrize(
    ("hard", "needed"),
    [
        ({"pods": "1"}, "take pods of 2"),
        ({"cpu": "1500m"}, "take cpu of 2"),
        ({"requests.memory": "900M"}, "take requests.memory of 1000000000"),
        ({"limits.memory": "900M"}, "take limits.memory of 1000000000"),
        ({"requests.cpu": "2", "pods": "2", "services": "0", "limits.cpu": "0"}, None),
    ],
)
def test_all_pods_together_are_counted_against_a_quota(
    judge: Judge, hard: dict[str, str], needed: str | None
) -> None:
    quota = {"metadata": {"name": "team"}, "spec": {"hard": hard}}
    found = judge(within={"quotas": (quota,)}, endpoint={"replicas": {"min": 2, "max": 2}})
    if needed is None:
        assert found == []
    else:
        (finding,) = found
        assert finding.fatal
        assert needed in str(finding.problem)


@pytest.mark.parametrize(
    ("resources", "hard", "needed"),
    [
        ("{memory: {max: 500}}", {"requests.memory": "900M"}, "take requests.memory of 1000000000"),
        ("{memory: {min: 100, max: 500}}", {"requests.memory": "200M"}, None),
        ("{cpu: {max: 2}}", {"cpu": "150m"}, "take cpu of 0.2"),
        ("{}", {"requests.storage": "1Gi"}, "take requests.storage of 4294967296"),
        ("{}", {"count/persistentvolumeclaims": "1"}, "take count/persistentvolumeclaims of 2"),
        ("{}", {"requests.storage": "4Gi", "persistentvolumeclaims": "2"}, None),
    ],
)
def test_a_limit_without_a_request_and_the_pods_own_volumes_count_against_a_quota(
    judge: Judge, resources: str, hard: dict[str, str], needed: str | None
) -> None:
    volume = "    workspace-volume: {mount-path: /scratch, size: 2}\n"
    manifest = MANIFEST.replace("{cpu: {min: 1}, memory: {min: 500, max: 500}}", resources) + volume
    quota = {"metadata": {"name": "team"}, "spec": {"hard": hard}}
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    found = judge(
        but={"storage_classes": objects("StorageClass", "fast", **default)},
        within={"quotas": (quota,)},
        manifest=manifest,
        endpoint={"replicas": {"min": 2, "max": 2}},
    )
    assert [needed in str(finding.problem) for finding in found if needed] == ([True] if needed else [])
    assert needed is not None or found == []


def test_a_quota_for_some_pods_only_is_left_to_the_api_server(judge: Judge) -> None:
    quota = {"metadata": {"name": "batch"}, "spec": {"hard": {"pods": "0"}, "scopes": ["Terminating"]}}
    assert judge(within={"quotas": (quota,)}) == []


def test_what_a_node_says_of_a_failed_pull_is_told(judge: Judge) -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "401 Unauthorized"}
    status = {"image": "registry.example:5000/ml/x@sha256:0", "state": {"waiting": waiting}}
    other = {**status, "image": "docker.io/library/x"}
    (finding,) = judge(within={"pods": ({"status": {"containerStatuses": [other, status]}},)})
    assert not finding.fatal
    assert f"a node could not pull an image for the namespace {NAMESPACE}: 401 Unauthorized" in str(
        finding.problem
    )
    assert judge(within={"pods": ({"status": {"containerStatuses": [other]}},)}) == []


def test_routes_of_an_older_version_of_the_same_stack_are_its_own(judge: Judge) -> None:
    paths = [{"path": PREFIX, "pathType": "Prefix"}]
    route: dict[str, Any] = {
        "metadata": {
            "name": "older",
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/managed-by": "pulumi"},
        },
        "spec": {"ingressClassName": "traefik", "rules": [{"http": {"paths": paths}}]},
    }
    assert judge(but={"routes": (route,)}) == []
    other = {**route, "spec": {**route["spec"], "ingressClassName": "nginx"}}
    by_hand = {**route, "metadata": {**route["metadata"], "labels": None}}
    assert judge(but={"routes": ({**other, "metadata": by_hand["metadata"]},)}) == []
    (finding,) = judge(but={"routes": (by_hand,)})
    assert finding.fatal


def test_what_may_not_be_seen_is_not_judged(judge: Judge) -> None:
    unseen: dict[str, Any] = {
        "groups": None,
        "ingress_classes": None,
        "nodes": None,
        "routes": None,
        "storage_classes": None,
    }
    within = dict.fromkeys(("namespace", "account", "claims", "quotas", "pods", "missing", "refusals"))
    volumes = (
        "workspace-volume: {mount-path: /a, size: 1}\n    shared-volumes: [{pvc-name: b, mount-path: /b}]"
    )
    manifest = f"- endpoint:\n    name: greet\n    image: x\n    server-command: run\n    {volumes}\n"
    assert judge(but=unseen, within=within, manifest=manifest) == []
    assert {"nodes", "ingress classes"} < set(type(SOUND)(version=(1, 34), **unseen).unseen())


def made(name: str, uid: str, **labels: str) -> Object:
    return {"metadata": {"name": name, "uid": uid, "labels": labels}}


@pytest.mark.parametrize("kind", ["workloads", "services"])
def test_a_stack_does_not_move_to_where_others_have_its_objects(intend: MakeIntent, kind: str) -> None:
    intent = intend()
    move = Move(("https://old.example:6443",), frozenset({"1", "2"}))
    moving = replace(intent, target=replace(intent.target, move=move))
    by_hand = made("shell", "7")
    own, foreign = (made("greet", uid, **{"app.kubernetes.io/managed-by": "pulumi"}) for uid in ("2", "8"))

    def found(judged: Intent, *objects: Object) -> list[Finding]:
        seen = NamespaceFacts(workloads=objects) if kind == "workloads" else NamespaceFacts(services=objects)
        return list(check_moves(judged, replace(SOUND, namespaces={NAMESPACE: seen})))

    assert found(intent, foreign) == found(moving) == found(moving, by_hand, own) == []
    (finding,) = found(moving, by_hand, own, foreign)
    assert finding.fatal
    told = str(finding.problem)
    assert "the stack moves from https://old.example:6443, but at https://prod.example:6443" in told
    assert "already has objects of the deployment: greet;" in told
    assert "docs/moving.md" in told


def test_a_stack_does_not_move_to_where_its_namespace_is_unless_it_need_not_make_it(
    intend: MakeIntent,
) -> None:
    intent = intend()
    target = replace(intent.target, move=Move(("https://old.example:6443",), frozenset({"1"})))

    def found(uid: str, *, makes_namespaces: bool) -> list[Finding]:
        seen = NamespaceFacts(namespace=(made(NAMESPACE, uid, **{"app.kubernetes.io/managed-by": "pulumi"}),))
        moving = replace(intent, target=replace(target, makes_namespaces=makes_namespaces))
        return list(check_moves(moving, replace(SOUND, namespaces={NAMESPACE: seen})))

    assert found("1", makes_namespaces=True) == found("2", makes_namespaces=False) == []
    (finding,) = found("2", makes_namespaces=True)
    assert finding.fatal
    assert f"the namespace {NAMESPACE} already exists; the update would fail" in str(finding.problem)


@pytest.mark.parametrize(
    ("makes_namespaces", "is_there", "moves", "fatal"),
    [
        (True, False, False, False),
        (True, False, True, False),  # the update makes the namespace, in which nothing can be yet
        (True, True, False, False),
        (False, True, False, False),
        (False, True, True, True),  # the old cluster, which has the certificate, would be left
    ],
)
def test_a_certificate_that_is_not_there_is_told_and_keeps_a_stack_from_moving_where_it_could_be(
    intend: MakeIntent, makes_namespaces: bool, is_there: bool, moves: bool, fatal: bool
) -> None:
    intent = intend(routing={"kind": "ingress", "host": "a.example", "tls": {"secretName": "models-tls"}})
    move = Move(("https://old.example:6443",), frozenset()) if moves else None
    target = replace(intent.target, makes_namespaces=makes_namespaces, move=move)
    seen = NamespaceFacts(namespace=(made(NAMESPACE, "1"),) if is_there else ())

    def found(seen: NamespaceFacts) -> list[Finding]:
        return list(
            check_certificates(replace(intent, target=target), replace(SOUND, namespaces={NAMESPACE: seen}))
        )

    assert found(replace(seen, certificate=(made("models-tls", "2"),))) == []
    assert found(replace(seen, certificate=None)) == []
    (finding,) = found(seen)
    assert finding.fatal is fatal
    told = str(finding.problem)
    assert f"routing.tls.secretName: the namespace {NAMESPACE} has no TLS Secret models-tls" in told
    assert ("once the namespace exists" in told) is (not is_there)
    assert f"`kubectl create secret tls models-tls --namespace {NAMESPACE} " in told


def test_a_namespace_that_is_missing_says_nothing_of_its_certificate(intend: MakeIntent) -> None:
    intent = intend(routing={"kind": "ingress", "host": "a.example", "tls": {"secretName": "models-tls"}})
    without = replace(intent, target=replace(intent.target, makes_namespaces=False))
    assert list(check_certificates(without, SOUND)) == []


def judged_with_account(intent: Intent, *names: str) -> list[Finding]:
    """Judge a namespace that the stack lets go of, whose account names these Secrets to pull with."""
    target = replace(
        intent.target, handed_over=frozenset({NAMESPACE}), pull_secrets=frozenset({(NAMESPACE, "own")})
    )
    account = {"metadata": {"name": "endpoints"}, "imagePullSecrets": [{"name": name} for name in names]}
    facts = replace(SOUND, namespaces={NAMESPACE: NamespaceFacts(account=(account,))})
    return list(check_pull_secrets(replace(intent, target=target), facts))


def test_a_pull_secret_that_goes_with_its_stack_is_told_while_pods_have_no_other(intend: MakeIntent) -> None:
    (found,) = judged_with_account(intend(), "own")
    assert found.fatal
    assert f"the stack hands over the namespace {NAMESPACE}, and removes the Secret own that" in str(
        found.problem
    )
    assert found.problem.key == "endpoints:deployments[0]"


@pytest.mark.parametrize("names", [("own", "others"), ("others",), ()])
def test_a_namespace_whose_pods_have_another_pull_secret_or_need_none_is_let_go_of(
    intend: MakeIntent, names: tuple[str, ...]
) -> None:
    assert judged_with_account(intend(), *names) == []


def test_a_namespace_that_the_stack_keeps_keeps_its_pull_secret(intend: MakeIntent) -> None:
    intent = intend()
    target = replace(intent.target, pull_secrets=frozenset({(NAMESPACE, "own")}))
    account = {"metadata": {"name": "endpoints"}, "imagePullSecrets": [{"name": "own"}]}
    facts = replace(SOUND, namespaces={NAMESPACE: NamespaceFacts(account=(account,))})
    assert list(check_pull_secrets(replace(intent, target=target), facts)) == []


def test_an_account_that_may_not_let_go_of_a_namespace_is_told_what_that_takes(intend: MakeIntent) -> None:
    intent = intend()
    target = replace(intent.target, makes_namespaces=False, handed_over=frozenset({NAMESPACE}))
    missing = (Right("", "namespaces", "get", NAMESPACE), Right("", "serviceaccounts", "get", "endpoints"))
    facts = replace(SOUND, namespaces={NAMESPACE: NamespaceFacts(missing=missing)})
    (finding,) = check_access(replace(intent, target=target), facts)
    assert finding.fatal
    told = str(finding.problem)
    assert f"in the namespace {NAMESPACE}: get namespaces and serviceaccounts; ask your cluster" in told
    assert told.endswith("created the namespace, and must read it and its service account to hand it over")


@pytest.mark.parametrize("is_there", [False, True])
def test_the_right_to_make_a_namespace_is_needed_only_where_it_is_to_be_made(
    judge: Judge, is_there: bool
) -> None:
    missing = (Right("", "namespaces", "create", NAMESPACE),)
    namespace = (made(NAMESPACE, "1"),) if is_there else ()
    texts = [str(one.problem) for one in judge(within={"missing": missing, "namespace": namespace})]
    assert (
        any("missing RBAC permissions" in text and "create namespaces" in text for text in texts)
        is not is_there
    )


@pytest.mark.parametrize(("cpus", "fits"), [(4, True), (4.001, False)])
def test_a_pod_fits_a_node_that_has_just_its_requests(judge: Judge, cpus: float, fits: bool) -> None:
    resources = f"    resources: {{cpu: {{min: {cpus}}}}}\n"
    found = judge(manifest=MANIFEST[: MANIFEST.index("    resources")] + resources)
    assert [finding.fatal for finding in found] == [False] * (not fits)
    assert all("the largest node has 4 (one)" in str(finding.problem) for finding in found)
