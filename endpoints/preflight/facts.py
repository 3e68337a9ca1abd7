"""What was seen in the cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from endpoints.cluster.api import Objects
from endpoints.preflight.rights import Right


@dataclass(frozen=True)
class NamespaceFacts:
    """What was seen in the namespace of one deployment.

    `namespace` and `account` are none or one object: the namespace itself, and the account of its pods.
    `certificate` is none or one, too: the TLS Secret that the routes name, of which only metadata are seen;
    and so is `issuer`: cert-manager's Issuer, where that is what the stack names.
    `workloads` (Deployments) and `services` are looked for where the stack moves here from another cluster.
    `missing` are the rights that the deployment needs and the stack's account lacks; None where the API
    server does not tell. `refusals` tell by an endpoint's object name why its pods would not be created;
    None where that may not be tried.
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
                "the account of its pods": facts.account,
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
