"""What was seen in the cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from endpoints.cluster.api import Objects
from endpoints.errors import Problem
from endpoints.plan import EndpointPlan, StackPlan
from endpoints.preflight.mistakes import Mistake
from endpoints.preflight.rights import Right
from endpoints.preflight.trial import Trial
from endpoints.stack_file import Settings, Tls
from endpoints.target import IngressRouter, Target
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class Finding:
    """Something about the cluster; `fatal` where the deployment would fail, else advice.

    What is fatal `always` is so whatever the stack's `preflight` says, since an update could do harm.
    """

    problem: Problem
    fatal: bool
    always: bool = False


def error(problem: Problem, *, always: bool = False) -> Finding:
    """Return the finding that a deployment would fail."""
    return Finding(problem, fatal=True, always=always)


def advice(problem: Problem) -> Finding:
    """Return the finding that something may not be as it was meant."""
    return Finding(problem, fatal=False)


@dataclass(frozen=True)
class Intent:
    """Everything that the cluster is judged by."""

    settings: Settings
    plan: StackPlan
    target: Target

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of the deployments."""
        return tuple(deployment.namespace for deployment in self.plan.deployments)

    @property
    def endpoints(self) -> Iterator[EndpointPlan]:
        """The endpoints of all versions."""
        for deployment in self.plan.deployments:
            for version in deployment.versions:
                yield from version.endpoints

    @property
    def tls_secret(self) -> str | None:
        """The Secret whose certificate the stack's Ingresses are served with, if it is there by a name."""
        router = self.target.router
        return router.tls.secret_name if isinstance(router, IngressRouter) and router.tls else None

    @property
    def issued(self) -> Tls | None:
        """The HTTPS whose certificates cert-manager obtains, if it is that."""
        router = self.target.router
        tls = router.tls if isinstance(router, IngressRouter) else None
        return tls if tls is not None and tls.issuer is not None else None

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of the stack file's setting at `path`."""
        return self.settings.problem(path, text)

    def namespace_problem(self, namespace: str, text: str) -> Problem:
        """Return a problem of the deployment that has the namespace."""
        return self.problem(("deployments", self.namespaces.index(namespace)), text)


@dataclass(frozen=True)
class NamespaceFacts:
    """What was seen in the namespace of one deployment.

    `namespace` and `account` are none or one object: the namespace itself, and the ServiceAccount of its
    pods. `certificate` is none or one, too: the TLS Secret that the routes name, of which only metadata are
    seen; and so is `issuer`: cert-manager's Issuer, where that is what the stack names. `workloads`
    are all Deployments. `services` are looked for where the stack moves here from another cluster. `missing`
    are the rights that the deployment needs and the stack's account lacks; None where the API server does not
    tell. `mistakes` are those in objects that the stack file changes. `refusals` tell by an endpoint's object
    name why its pods would not be created; None where that may not be tried.
    """

    namespace: Objects = ()
    account: Objects = ()
    certificate: Objects = ()
    issuer: Objects = ()
    claims: Objects = ()
    quotas: Objects = ()
    pods: Objects = ()
    workloads: Objects = ()
    services: Objects = ()
    missing: tuple[Right, ...] | None = ()
    refusals: Mapping[str, str] | None = field(default_factory=dict)
    mistakes: tuple[tuple[Trial, Mistake], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What was seen in the cluster, as far as the stack has to do with it.

    `version` is Kubernetes' major and minor version, `groups` the API groups that answer, each with its
    versions' resources (`httproutes`); None where they are not told. `gateway` is none or one object, and so
    is `issuer`, cert-manager's ClusterIssuer.
    `routes` are all Ingresses or HTTPRoutes, of whatever namespace. `registry_failure` tells why the
    registry does not answer from this machine.
    """

    version: tuple[int, int]
    groups: Mapping[str, Mapping[str, frozenset[str]]] | None = None
    ingress_classes: Objects = ()
    gateway: Objects = ()
    issuer: Objects = ()
    storage_classes: Objects = ()
    nodes: Objects = ()
    routes: Objects = ()
    namespaces: Mapping[str, NamespaceFacts] = field(default_factory=dict)
    registry_failure: str | None = None

    def serves(self, group: str, version: str, resource: str) -> bool | None:
        """Tell whether the API server has a resource; None where that is not known."""
        return None if self.groups is None else resource in self.groups.get(group, {}).get(version, ())

    def unseen(self) -> Iterator[str]:
        """Return in words what the account may not see."""
        seen: Mapping[str, object] = {
            "API groups": self.groups,
            "ingress classes": self.ingress_classes,
            "the Gateway": self.gateway,
            "the ClusterIssuer": self.issuer,
            "storage classes": self.storage_classes,
            "nodes": self.nodes,
            "routes of other namespaces": self.routes,
        }
        yield from (words for words, fact in seen.items() if fact is None)
        for name, facts in self.namespaces.items():
            within: Mapping[str, object] = {
                "whether it exists": facts.namespace,
                "the ServiceAccount of its pods": facts.account,
                "the certificate of its routes": facts.certificate,
                "the Issuer of its certificate": facts.issuer,
                "its claims": facts.claims,
                "its quotas": facts.quotas,
                "its pods": facts.pods,
                "its workloads": facts.workloads,
                "its Services": facts.services,
                "your rights": facts.missing,
                "whether pods would be refused": facts.refusals,
            }
            unseen = [words for words, fact in within.items() if fact is None]
            if unseen:
                yield f"of the namespace {name} {', '.join(unseen)}"
