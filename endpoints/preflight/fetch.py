"""Sees in the cluster what the checks need to know, a few requests at a time."""

import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor

from endpoints.cluster.api import Api, Object, Objects
from endpoints.cluster.names import SERVICE_ACCOUNT
from endpoints.errors import ProjectError
from endpoints.plan import DeploymentPlan, ReadyImage
from endpoints.preflight.facts import Facts, Intent, NamespaceFacts
from endpoints.preflight.mistakes import mistakes
from endpoints.preflight.rights import missing_rights, needed_rights, refusal
from endpoints.preflight.trial import trial_objects, trial_pods
from endpoints.rollout.issuance import issuer_path
from endpoints.stack_file.cluster import IssuerKind
from endpoints.target import GatewayRouter

TIMEOUT_SECONDS = 3

_DOCKER_HUB = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


def registry_failure(address: str) -> str | None:
    """Return why a registry at `host[:port]` does not answer, None if it does. Any HTTP status is an answer.

    As with Docker, one on this machine may speak HTTP.
    """
    host = _DOCKER_HUB.get(address, address)
    local = re.fullmatch(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", host)
    try:
        urllib.request.urlopen(
            f"{'http' if local else 'https'}://{host}/v2/", timeout=TIMEOUT_SECONDS
        ).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except urllib.error.URLError as failure:
        # Whom this machine trusts is no matter: builder and nodes have certificates of their own.
        return None if isinstance(failure.reason, ssl.SSLError) else str(failure.reason)
    except (OSError, ValueError) as failure:  # ValueError: brackets around no address
        return str(failure)
    return None


PARALLEL = 8
"""Requests at a time."""

_NETWORKING = "/apis/networking.k8s.io/v1"
_GATEWAY = "/apis/gateway.networking.k8s.io/v1"
_FROM_MEMORY = "?resourceVersion=0"
"""Spares etcd lists of whole clusters; what is seconds old will do."""


def fetch_facts(api: Api, intent: Intent, see_version: Callable[[], Object]) -> Facts:
    """Return what there is to see.

    `see_version` asks for what the API server says of itself. It goes first and nothing waits for it, since
    a new connection takes three round trips; but what it raises is raised, and ends all requests.
    """
    with ThreadPoolExecutor(PARALLEL) as pool:
        version = pool.submit(see_version)
        namespaces = {
            deployment.namespace: _see_namespace(api, pool, deployment, intent)
            for deployment in intent.plan.deployments
        }
        groups = pool.submit(api.groups)
        nodes = pool.submit(api.list, f"/api/v1/nodes{_FROM_MEMORY}")
        gateway, classes, routes = _see_router(api, pool, intent)
        issuer = _see_issuer(api, pool, intent, "ClusterIssuer")
        storage = _if(_has_workspaces(intent), pool, api.list, "/apis/storage.k8s.io/v1/storageclasses")
        registry = pool.submit(_registry_failure, intent)
        return Facts(
            version=_major_and_minor(_answer_to_all(version, pool)),
            groups=groups.result(),
            ingress_classes=classes(),
            gateway=gateway(),
            issuer=issuer(),
            storage_classes=storage(),
            nodes=nodes.result(),
            routes=routes(),
            namespaces={name: see() for name, see in namespaces.items()},
            registry_failure=registry.result(),
        )


def fetch_facts_of_move(api: Api, intent: Intent, see_version: Callable[[], Object]) -> Facts:
    """Return nothing but what tells whether the stack can move here; else as `fetch_facts`."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        version = pool.submit(see_version)
        namespaces = {
            deployment.namespace: (
                _if(intent.target.makes_namespaces, pool, api.find, _path(deployment)),
                pool.submit(api.list, _workloads(deployment)),
                pool.submit(api.list, f"{_path(deployment)}/services"),
            )
            for deployment in intent.plan.deployments
        }
        return Facts(
            version=_major_and_minor(_answer_to_all(version, pool)),
            namespaces={
                name: NamespaceFacts(
                    namespace=namespace(), workloads=workloads.result(), services=services.result()
                )
                for name, (namespace, workloads, services) in namespaces.items()
            },
        )


def _answer_to_all(first: Future[Object], pool: Executor) -> Object:
    """Return the answer without which there is no use in any other: requests that wait are not sent then."""
    try:
        return first.result()
    except ProjectError:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _see_router(
    api: Api, pool: Executor, intent: Intent
) -> tuple[Callable[[], Objects], Callable[[], Objects], Callable[[], Objects]]:
    """Begin to look at the Gateway, at the ingress classes, and at all routes."""
    router = intent.target.router
    if isinstance(router, GatewayRouter):
        path = f"{_GATEWAY}/namespaces/{router.gateway.namespace}/gateways/{router.gateway.name}"
        routes = pool.submit(api.list, f"{_GATEWAY}/httproutes{_FROM_MEMORY}")
        return pool.submit(api.find, path).result, tuple, routes.result
    classes = pool.submit(api.list, f"{_NETWORKING}/ingressclasses{_FROM_MEMORY}")
    return tuple, classes.result, pool.submit(api.list, f"{_NETWORKING}/ingresses{_FROM_MEMORY}").result


def _see_issuer(
    api: Api, pool: Executor, intent: Intent, kind: IssuerKind, namespace: str = ""
) -> Callable[[], Objects]:
    """Begin to look at the stack's issuer if it is of that kind."""
    tls = intent.issued
    if tls is None or tls.issuer is None or tls.issuer_kind != kind:
        return tuple
    return pool.submit(api.find, issuer_path(kind, tls.issuer, namespace)).result


def _see_namespace(
    api: Api, pool: Executor, deployment: DeploymentPlan, intent: Intent
) -> Callable[[], NamespaceFacts]:
    """Begin to look at a namespace; what is returned waits for the answers."""
    path = _path(deployment)
    endpoints = [endpoint for version in deployment.versions for endpoint in version.endpoints]
    shared = any(volume.claim for endpoint in endpoints for volume in endpoint.storage.volumes)
    namespace = pool.submit(api.find, path)
    account = pool.submit(api.find, f"{path}/serviceaccounts/{SERVICE_ACCOUNT}")
    secret = intent.tls_secret
    certificate = _if(secret is not None, pool, api.find_metadata, f"{path}/secrets/{secret}")
    issuer = _see_issuer(api, pool, intent, "Issuer", deployment.namespace)
    claims = _if(shared, pool, api.list, f"{path}/persistentvolumeclaims")
    quotas = pool.submit(api.list, f"{path}/resourcequotas")
    pods = pool.submit(api.list, f"{path}/pods{_FROM_MEMORY}")
    workloads = pool.submit(api.list, _workloads(deployment))
    services = _if(intent.target.move is not None, pool, api.list, f"{path}/services")
    rights = pool.submit(
        missing_rights, api, deployment.namespace, tuple(needed_rights(deployment, intent.target))
    )
    trials = {
        name: pool.submit(refusal, api, pod) for name, pod in trial_pods(deployment, intent.target).items()
    }

    changed = [
        (trial, pool.submit(mistakes, api, trial)) for trial in trial_objects(deployment, intent.target)
    ]

    def see() -> NamespaceFacts:
        refusals = {name: trial.result() for name, trial in trials.items()}
        return NamespaceFacts(
            namespace=namespace.result(),
            account=account.result(),
            certificate=certificate(),
            issuer=issuer(),
            claims=claims(),
            quotas=quotas.result(),
            pods=pods.result(),
            workloads=workloads.result(),
            services=services(),
            missing=rights.result(),
            mistakes=tuple((trial, mistake) for trial, found in changed for mistake in found.result()),
            refusals=None
            if None in refusals.values()
            else {name: text for name, text in refusals.items() if text},
        )

    return see


def _path(deployment: DeploymentPlan) -> str:
    return f"/api/v1/namespaces/{deployment.namespace}"


def _workloads(deployment: DeploymentPlan) -> str:
    return f"/apis/apps/v1/namespaces/{deployment.namespace}/deployments"


def _if(wanted: bool, pool: Executor, look: Callable[[str], Objects], path: str) -> Callable[[], Objects]:
    """Begin to look if that is wanted; else there is nothing to see."""
    return pool.submit(look, path).result if wanted else tuple


def _has_workspaces(intent: Intent) -> bool:
    return any(volume.size for endpoint in intent.endpoints for volume in endpoint.storage.volumes)


def _registry_failure(intent: Intent) -> str | None:
    if all(isinstance(endpoint.image, ReadyImage) for endpoint in intent.endpoints):
        return None
    return registry_failure(intent.target.registry.address)


def _major_and_minor(version: Object) -> tuple[int, int]:
    """Return a version's two numbers; some clouds write `30+` for the second."""
    major, minor = (re.sub(r"\D", "", str(version.get(key, ""))) for key in ("major", "minor"))
    return int(major or 0), int(minor or 0)
