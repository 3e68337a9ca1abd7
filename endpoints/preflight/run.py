"""Looks at the cluster and judges what was seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kubernetes.client import ApiClient

from endpoints.cluster.api import Api, Object, UnreachableError
from endpoints.cluster.connection import open_connection
from endpoints.errors import Problem, ProjectError
from endpoints.plan import StackPlan
from endpoints.plan.address import Address
from endpoints.preflight.checks import CHECKS
from endpoints.preflight.checks.capacity import scaled_endpoints
from endpoints.preflight.checks.cluster import check_moves
from endpoints.preflight.facts import Intent
from endpoints.preflight.fetch import fetch_facts, fetch_facts_of_move
from endpoints.stack_file import Settings
from endpoints.target import Target


@dataclass(frozen=True)
class Examination:
    """What was found: `advice`, and in words what the account `may_not_see`.

    `namespaces` are the uids of the deployments' namespaces, of those that were seen. `scaled` are endpoints
    whose number of pods a person has set to another than planned.
    """

    advice: tuple[Problem, ...] = ()
    may_not_see: tuple[str, ...] = ()
    namespaces: Mapping[str, str | None] = field(default_factory=dict)
    scaled: frozenset[Address] = frozenset()


def examine(
    settings: Settings,
    plan: StackPlan,
    target: Target,
    root: Path,
    environment: Mapping[str, str],
    *,
    is_update: bool = False,
) -> Examination:
    """Judge whether the cluster can carry out the plan; `root` is the directory of Pulumi.yaml.

    Changes nothing in the cluster. Raises ProjectError with everything that a deployment would fail at; with
    `advise` that is advice as well. Where the stack's `preflight` is `off` nothing is asked of the cluster,
    but by an update of a stack that moves: what is in the way of a move is an error in any case, since an
    update may remove what serves. A preview may not be able to reach the cluster.
    """
    if settings.preflight == "off" and (target.move is None or not is_update):
        return Examination()
    intent = Intent(settings, plan, target)
    see, checks = (
        (fetch_facts_of_move, (check_moves,)) if settings.preflight == "off" else (fetch_facts, CHECKS)
    )
    with _connection(intent, root, environment) as client:
        api = Api(client)
        facts = see(api, intent, partial(_version, api, intent))
    # Versions of one source can share a finding.
    found = dict.fromkeys(finding for check in checks for finding in check(intent, facts))
    enforced = settings.preflight == "enforce"
    errors = [finding.problem for finding in found if finding.fatal and (enforced or finding.always)]
    if errors:
        raise ProjectError(*errors)
    uids = {
        name: seen.namespace[0]["metadata"]["uid"]
        for name, seen in facts.namespaces.items()
        if seen.namespace
    }
    scaled = frozenset(endpoint.address for endpoint, _ in scaled_endpoints(intent, facts))
    return Examination(tuple(finding.problem for finding in found), tuple(facts.unseen()), uids, scaled)


def _connection(intent: Intent, root: Path, environment: Mapping[str, str]) -> ApiClient:
    cluster = intent.target.cluster
    try:
        return open_connection(cluster.kubeconfig, cluster.context, root, environment)
    except ProjectError as failure:
        text = f"{_place(intent)} cannot be used: {failure}; try {_try(intent)}"
        raise ProjectError(intent.problem(("cluster",), text)) from None


def _version(api: Api, intent: Intent) -> Object:
    """Ask for the version, which every account may read: who gets no answer here gets none at all."""
    try:
        answer = api.get("/version")
        who = api.post(f"/apis/{_WHO_AM_I['apiVersion']}/selfsubjectreviews", _WHO_AM_I)
    except UnreachableError as failure:
        text = (
            f"{_place(intent)} does not answer: {failure}; check that the cluster runs and that this machine "
        )
        text += f"reaches it (VPN, proxy): {_try(intent)}"
        if "certificate verify failed" in str(failure):
            text = f"the certificate of {_place(intent)} is not trusted: {failure}; correct "
            text += f"`certificate-authority` of the kubeconfig, or get a new kubeconfig: {_try(intent)}"
        raise ProjectError(intent.problem(("cluster",), text)) from None
    if answer.status == 401 or who.is_to_anonymous:
        text = f"{_place(intent)} does not accept the kubeconfig's credentials; renew them and try"
        raise ProjectError(intent.problem(("cluster",), f"{text} {_try(intent)}"))
    return answer.body


_WHO_AM_I = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
"""Everybody who has logged in may ask this; who has not is told so."""


def _place(intent: Intent) -> str:
    cluster = intent.target.cluster
    return f"the API server {cluster.server} of the context {cluster.context}"


def _try(intent: Intent) -> str:
    cluster = intent.target.cluster
    kubeconfig = f" --kubeconfig {cluster.kubeconfig}" if isinstance(cluster.kubeconfig, str) else ""
    return f"`kubectl{kubeconfig} --context {cluster.context} version`"
