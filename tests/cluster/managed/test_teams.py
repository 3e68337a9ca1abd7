"""Two teams share a cluster: each deploys with its own credentials, within its limits."""

import json
import urllib.request
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml

from tests.cluster.deployments.kubectl import Kubectl
from tests.cluster.deployments.requests import request
from tests.cluster.deployments.stack import Stack
from tests.cluster.managed.conftest import (
    OFFERS_HOST,
    SharedCluster,
    managing_settings,
    team_settings,
)

pytestmark = pytest.mark.cluster

ORGANIZATION = "shared-teams"


def ask(url: str, host: str | None = None) -> str:
    headers = {"Host": host} if host else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        body: bytes = answer.read()
        return body.decode()


def test_both_teams_endpoints_answer_where_each_may_route(
    shared: SharedCluster, connection: dict[str, Any]
) -> None:
    (cards,) = shared.cards.stack.outputs().values()
    (offers,) = shared.offers.stack.outputs().values()
    router = connection["router"]["url"]
    assert cards["url"] == f"{router}/{ORGANIZATION}/cards/production/20261101.0/answer"
    assert ask(cards["url"]) == "cards"
    path = f"/{ORGANIZATION}/offers/production/20261101.0/answer"
    assert offers["url"] == f"{router.replace('127.0.0.1', OFFERS_HOST)}{path}"
    assert ask(f"{router}{path}", OFFERS_HOST) == "offers"
    assert request(f"{router}{path}").status == 404


def test_nothing_changes_when_nothing_has_changed(shared: SharedCluster) -> None:
    assert shared.managing.changes() == []
    assert shared.cards.stack.preview() == shared.offers.stack.preview() == []


def test_a_teams_stack_refreshes_and_updates_with_its_own_credentials(shared: SharedCluster) -> None:
    stack = shared.cards.stack
    stack.succeed("refresh", "--yes", "--skip-preview")
    assert stack.preview() == []


def test_images_go_below_the_teams_own_path(shared: SharedCluster, connection: dict[str, Any]) -> None:
    for team in (shared.cards, shared.offers):
        (summary,) = team.stack.outputs().values()
        assert summary["image"].startswith(
            f"{connection['registry']}/{team.name}/{ORGANIZATION}/{team.name}/"
        )


def test_logs_and_state_of_endpoints_are_shown_to_their_team(shared: SharedCluster) -> None:
    (pod,) = shared.cards.kubectl.get("pods", shared.cards.namespace)
    assert shared.cards.kubectl.run("logs", pod["metadata"]["name"], "--namespace", shared.cards.namespace)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ({"replicas": {"max": 4}}, "found 4; the team's limit is 3 for an endpoint"),
        ({"replicas": {"min": 3, "max": 3}}, "the deployment needs"),
    ],
)
def test_a_preview_beyond_a_limit_fails_and_names_it(
    shared: SharedCluster, endpoint: dict[str, Any], expected: str
) -> None:
    stack = shared.cards.stack
    project = stack.directory.parent / "cards-project"
    text = (stack.directory / "stacks/Pulumi.trial.yaml").read_text()
    manifest = (project / "valohai.yaml").read_text()
    try:
        (project / "valohai.yaml").write_text(manifest.replace("min: 0.1", "min: 0.5"))
        stack.configure(**team_settings(shared.managing, "cards", project, **endpoint))
        stack.set_secret("password", "hush-cards")
        told = stack.fail("preview")
    finally:
        (project / "valohai.yaml").write_text(manifest)
        (stack.directory / "stacks/Pulumi.trial.yaml").write_text(text)
    assert expected in told
    assert "Traceback" not in told
    assert stack.preview() == []


def test_a_managing_stack_that_cannot_be_read_is_told_without_a_stack_trace(shared: SharedCluster) -> None:
    stack = shared.cards.stack
    file = stack.directory / "stacks/Pulumi.trial.yaml"
    text = file.read_text()
    try:
        file.write_text(text.replace(shared.managing.full_name, "organization/managed/other"))
        told = stack.fail("preview")
    finally:
        file.write_text(text)
    assert "cards:cluster.stack: the stack organization/managed/other cannot be read: unknown stack" in told
    assert "Traceback" not in told


def test_another_passphrase_than_the_managing_stacks_is_told(shared: SharedCluster) -> None:
    directory = shared.cards.stack.directory.parent
    stack = Stack(directory / "stranger", shared.managing.state_directory, project="stranger")
    settings = team_settings(shared.managing, "cards", directory / "cards-project")
    settings["deployments"][0]["versions"][0]["endpoints"]["answer"]["environment"] = {"TEAM": "cards"}
    # As a stack begins that knows nothing of the other's passphrase.
    stack.environment["PULUMI_CONFIG_PASSPHRASE"] = "another"
    (stack.directory / "stacks/Pulumi.trial.yaml").unlink()
    stack.configure(**settings)
    told = stack.fail("preview")
    assert f"cluster.stack: the team's output of {shared.managing.full_name} cannot be read" in told
    assert "passphrase or key" in told


def test_a_teams_output_is_a_secret_and_its_token_in_plain_nowhere(shared: SharedCluster) -> None:
    token = json.loads(shared.managing.grant("cards")["access"]["kubeconfig"])["users"][0]["user"]["token"]
    files = [file for file in shared.managing.state_directory.rglob("*") if file.is_file()]
    written = [file.read_bytes() for file in files]
    assert len(written) > 4
    assert not [content for content in written if token.encode() in content]
    assert token not in shared.managing.succeed("stack", "output", "--json")


def test_a_token_is_bound_to_its_account_and_ends(shared: SharedCluster, kubectl: Kubectl) -> None:
    access = shared.managing.grant("cards")["access"]
    left = datetime.fromisoformat(access["expires"]) - datetime.now().astimezone()
    assert timedelta(days=29) < left <= timedelta(days=30)
    found = kubectl.get("secrets", f"endpoints-teams-{shared.managing.name}")
    assert [secret for secret in found if secret["type"] == "kubernetes.io/service-account-token"] == []


def test_a_token_with_another_lifetime_is_renewed_by_the_next_update(shared: SharedCluster) -> None:
    before = shared.managing.grant("cards")["access"]
    try:
        shared.managing.configure(**managing_settings(ORGANIZATION, tokens={"days": 2}))
        changes = Counter(step["urn"].split("::")[2].split("$")[-1] for step in shared.managing.changes())
        shared.managing.up()
        after = shared.managing.grant("cards")["access"]
    finally:
        shared.managing.configure(**managing_settings(ORGANIZATION))
        shared.managing.up()
    assert changes["pulumi-python:dynamic/managed:BoundToken"] == 2
    assert datetime.fromisoformat(after["expires"]) < datetime.fromisoformat(before["expires"])
    # The team's endpoints stay as they are; only the way to the cluster is another.
    assert {step.type for step in shared.cards.stack.preview()} == {"pulumi:providers:kubernetes"}
    shared.cards.stack.up()
    assert shared.cards.stack.preview() == []


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"Service": {"spec": {"type": "NodePort"}}}, "the Service: a Service is of type ClusterIP"),
        (
            {
                "Ingress": {
                    "metadata": {"annotations": {"traefik.ingress.kubernetes.io/router.priority": "9"}}
                }
            },
            "the Ingress: annotations may change what an Ingress routes",
        ),
        (
            {"Deployment": {"spec": {"template": {"spec": {"nodeName": "localcluster"}}}}},
            "the Deployment: pods have no nodeName",
        ),
    ],
)
def test_overrides_that_the_clusters_policies_refuse_are_told_by_a_preview(
    shared: SharedCluster, overrides: dict[str, Any], told: str
) -> None:
    stack = shared.cards.stack
    file = stack.directory / "stacks/Pulumi.trial.yaml"
    before = file.read_text()
    settings = yaml.safe_load(before)
    settings["config"][f"{stack.project}:defaults"] = {"overrides": overrides}
    try:
        file.write_text(yaml.safe_dump(settings, sort_keys=False))
        said = stack.fail("preview")
    finally:
        file.write_text(before)
    assert f"cards:defaults.overrides.{next(iter(overrides))}: {told}" in said


def test_routes_get_the_annotations_of_the_managing_stack_and_no_others(
    shared: SharedCluster, kubectl: Kubectl
) -> None:
    team, managing = shared.cards, shared.managing
    key = "nginx.ingress.kubernetes.io/proxy-body-size"
    routing = {"kind": "ingress", "annotations": {key: "50m"}}
    managing.configure(**managing_settings(ORGANIZATION, routing=routing))
    managing.up()
    try:
        team.stack.up()
        (route,) = kubectl.get("ingresses", team.namespace)
        assert route["metadata"]["annotations"][key] == "50m"

        file = team.stack.directory / "stacks/Pulumi.trial.yaml"
        before = file.read_text()
        settings = yaml.safe_load(before)
        settings["config"][f"{team.stack.project}:defaults"] = {"routing": {"annotations": {key: "0"}}}
        file.write_text(yaml.safe_dump(settings, sort_keys=False))
        said = team.stack.fail("preview")
        file.write_text(before)
        assert "cards:defaults.routing.annotations: the Ingress: annotations may change what an" in said
        (document,) = kubectl.get("ingresses", team.namespace)
        metadata = {"name": "old", "namespace": team.namespace, "annotations": {key: "50m"}}
        old = json.dumps({**document, "metadata": metadata})
        team.kubectl.run("create", "-f", "-", standard_input=old)
    finally:
        managing.configure(**managing_settings(ORGANIZATION))
        managing.up()
    # What is allowed no more can be removed: Kubernetes takes its own finalizer away from it first.
    team.kubectl.run("delete", "ingress", "old", "-n", team.namespace, "--cascade=foreground", seconds=30)
    team.stack.up()
    (route,) = kubectl.get("ingresses", team.namespace)
    assert key not in route["metadata"]["annotations"]
