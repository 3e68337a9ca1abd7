"""Rules that the API server itself enforces on what is created in the teams' namespaces.

ValidatingAdmissionPolicies are built in: there is no webhook to run.
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/

What is allowed differs by namespace and is read from its annotations (managed.plan.admission). A namespace
without them allows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from endpoints.plan.address import deployment_prefix
from endpoints.stack_file import GatewayRouting, IngressRouting
from endpoints.target.grant import GrantedRouter

PREFIX = "valohai.com/route-prefix"
"""Every route is this path, or below it."""

HOSTS = "valohai.com/route-hosts"
"""Host names that routes may have, separated by commas; empty where they must have none."""

INGRESS_CLASS = "valohai.com/ingress-class"
"""The class that an Ingress must have; empty where the cluster's default class serves it."""

GATEWAY = "valohai.com/gateway"
"""The Gateway that an HTTPRoute must be attached to, `<namespace>/<name>`; empty where there is none."""

ROUTE_ANNOTATIONS = "valohai.com/route-annotations"
"""Annotations that an Ingress may have, one `key=value` a line; absent where there are none."""

REPOSITORY = "valohai.com/image-repository"
"""Every image is below this path of a registry."""


def annotations(
    organization: str, project: str, deployment: str, router: GrantedRouter, repository: str
) -> dict[str, str]:
    """Return the annotations of one deployment's namespace."""
    routing = router.routing
    gateway = routing.gateway if isinstance(routing, GatewayRouting) else None
    allowed = "\n".join(f"{key}={value}" for key, value in sorted(routing.annotations.items()))
    return {
        PREFIX: deployment_prefix(organization, project, deployment),
        HOSTS: ",".join(router.hosts),
        INGRESS_CLASS: (routing.ingress_class or "") if isinstance(routing, IngressRouting) else "",
        GATEWAY: f"{gateway.namespace}/{gateway.name}" if gateway else "",
        REPOSITORY: repository,
        **({ROUTE_ANNOTATIONS: allowed} if allowed else {}),
    }


@dataclass(frozen=True)
class Validation:
    """A condition in CEL, and a CEL expression for the message if it is false."""

    expression: str
    message: str


@dataclass(frozen=True)
class Policy:
    """One ValidatingAdmissionPolicy: the objects it looks at, and what must hold for them.

    `variables` are CEL expressions by name, in order: later ones may use earlier ones.
    """

    name: str
    api_group: str
    api_version: str
    resource: str
    variables: Mapping[str, str]
    validations: tuple[Validation, ...]


def _annotations(of: str) -> str:
    return f"(has({of}.metadata.annotations) ? {of}.metadata.annotations : {{}})"


CHANGED = (
    "request.operation == 'CREATE' || object.spec != oldObject.spec || "
    f"{_annotations('object')} != {_annotations('oldObject')}"
)
"""The condition under which an object is judged, in CEL.

What was allowed once may be allowed no more. Kubernetes must be able to remove its finalizer nevertheless, or
the object could never be deleted.
"""


def _annotation(name: str) -> str:
    return f"'{name}' in variables.annotations ? variables.annotations['{name}'] : ''"


_ANNOTATIONS = {
    "annotations": "has(namespaceObject.metadata.annotations) ? namespaceObject.metadata.annotations : {}"
}
_ROUTES = {
    **_ANNOTATIONS,
    "prefix": _annotation(PREFIX),
    "hosts": f"({_annotation(HOSTS)}).split(',').filter(host, host != '')",
}
_HOST_MESSAGE = (
    "'a route of this namespace has ' + "
    "(variables.hosts.size() == 0 ? 'no host' : 'one of the hosts ' + variables.hosts.join(', '))"
)
_PATH_MESSAGE = "'a route of this namespace has ' + variables.prefix + ' as its path, or a path below it'"


def _path_allowed(path: str) -> str:
    """Return the condition for a path. Characters that routers might read in some other way are refused."""
    return (
        f"variables.prefix != '' && ({path} == variables.prefix || {path}.startsWith(variables.prefix + '/'))"
        f" && {path}.matches('^[A-Za-z0-9._/-]+$')"
    )


def _text(text: str) -> str:
    return f"'{text}'"


INGRESSES = Policy(
    "ingresses",
    "networking.k8s.io",
    "v1",
    "ingresses",
    {
        **_ROUTES,
        "router": _annotation(INGRESS_CLASS),
        "given": f"({_annotation(ROUTE_ANNOTATIONS)}).split('\\n')",
        "rules": "has(object.spec.rules) ? object.spec.rules : []",
    },
    (
        Validation(
            "!has(object.spec.defaultBackend)",
            _text("an Ingress with a defaultBackend would take requests of others"),
        ),
        Validation(
            "variables.router == '' || "
            "(has(object.spec.ingressClassName) && object.spec.ingressClassName == variables.router)",
            "'the ingressClassName of this namespace is ' + variables.router",
        ),
        # Routers have annotations that route other hosts and paths than those of the rules.
        Validation(
            "!has(object.metadata.annotations) || object.metadata.annotations.all(key, "
            "key.startsWith('pulumi.com/') || key == 'kubernetes.io/description' || "
            "key + '=' + object.metadata.annotations[key] in variables.given)",
            _text(
                "annotations may change what an Ingress routes; allowed: pulumi.com/*, "
                "kubernetes.io/description, and those of the managing stack with the same values"
            ),
        ),
        Validation(
            "variables.rules.all(rule, has(rule.host) && rule.host != '' ? rule.host in variables.hosts : "
            "variables.hosts.size() == 0)",
            _HOST_MESSAGE,
        ),
        Validation(
            "variables.rules.all(rule, has(rule.http) && rule.http.paths.all(item, has(item.path) && "
            f"item.pathType in ['Prefix', 'Exact'] && {_path_allowed('item.path')}))",
            _PATH_MESSAGE,
        ),
        Validation(
            "variables.rules.all(rule, "
            "has(rule.http) && rule.http.paths.all(item, has(item.backend.service)))",
            _text("an Ingress leads to a Service"),
        ),
        Validation(
            "!has(object.spec.tls) || object.spec.tls.all(item, has(item.hosts) && item.hosts.size() > 0 && "
            "item.hosts.all(host, host in variables.hosts))",
            _HOST_MESSAGE,
        ),
    ),
)

SERVICES = Policy(
    "services",
    "",
    "v1",
    "services",
    {},
    (
        Validation(
            "object.spec.type == 'ClusterIP'",
            _text("a Service is of type ClusterIP; requests come by the router"),
        ),
        Validation(
            "!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
            _text("a Service has no externalIPs, which would take traffic of others"),
        ),
        Validation(
            "has(object.spec.selector) && object.spec.selector.size() > 0",
            _text("a Service selects pods of its namespace"),
        ),
    ),
)

WORKLOADS = Policy(
    "workloads",
    "apps",
    "v1",
    "deployments",
    {
        **_ANNOTATIONS,
        "repository": _annotation(REPOSITORY),
        "pod": "object.spec.template.spec",
        "containers": "variables.pod.containers + "
        "(has(variables.pod.initContainers) ? variables.pod.initContainers : [])",
    },
    (
        # A node has images of all teams, and starts them without asking the registry again.
        Validation(
            "variables.repository != '' && "
            "variables.containers.all(item, "
            "has(item.image) && item.image.startsWith(variables.repository + '/'))",
            "'images of this namespace are below ' + variables.repository",
        ),
        Validation(
            "!has(variables.pod.priorityClassName) || variables.pod.priorityClassName == ''",
            _text("pods have no priorityClassName, by which they would displace those of others"),
        ),
        # Pods on these nodes are beside the API server and its keys.
        Validation(
            "!has(variables.pod.tolerations) || variables.pod.tolerations.all(item, "
            "has(item.key) && item.key != '' && !item.key.startsWith('node-role.kubernetes.io/'))",
            _text("pods tolerate no taint of control plane nodes, nor every taint"),
        ),
        Validation(
            "!has(variables.pod.nodeName) || variables.pod.nodeName == ''",
            _text("pods have no nodeName; the scheduler places them"),
        ),
    ),
)

HTTP_ROUTES = Policy(
    "http-routes",
    "gateway.networking.k8s.io",
    "v1",
    "httproutes",
    {
        **_ROUTES,
        "gateway": _annotation(GATEWAY),
        "rules": "has(object.spec.rules) ? object.spec.rules : []",
    },
    (
        Validation(
            "has(object.spec.parentRefs) && object.spec.parentRefs.size() > 0 && "
            "object.spec.parentRefs.all(parent, "
            "(has(parent.namespace) ? parent.namespace : object.metadata.namespace) + '/' + parent.name == "
            "variables.gateway)",
            "'a route of this namespace is attached to the Gateway ' + variables.gateway",
        ),
        Validation(
            "has(object.spec.hostnames) && object.spec.hostnames.size() > 0 ? "
            "object.spec.hostnames.all(host, host in variables.hosts) : variables.hosts.size() == 0",
            _HOST_MESSAGE,
        ),
        Validation(
            "variables.rules.size() > 0 && "
            "variables.rules.all(rule, has(rule.matches) && rule.matches.size() > 0 && "
            "rule.matches.all(item, has(item.path) && has(item.path.type) && has(item.path.value) && "
            f"item.path.type in ['PathPrefix', 'Exact'] && {_path_allowed('item.path.value')}))",
            _PATH_MESSAGE,
        ),
        Validation(
            "variables.rules.all(rule, !has(rule.backendRefs) || rule.backendRefs.all(item, "
            "!has(item.namespace) || item.namespace == object.metadata.namespace))",
            _text("a route leads to Services of its own namespace"),
        ),
    ),
)

POLICIES = (INGRESSES, HTTP_ROUTES, SERVICES, WORKLOADS)
