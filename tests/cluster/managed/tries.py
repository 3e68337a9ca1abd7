"""What one team tries against another, and against what limits it."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Aim:
    """What a team needs to know to try; most of it is not even visible to it."""

    own: str
    other: str
    other_team: str
    other_prefix: str
    other_host: str
    other_pod: str
    other_workload: str
    other_secret: str
    other_image: str
    own_image: str
    own_prefix: str
    managing_stack: str
    own_quota: str = "team"

    @property
    def accounts(self) -> str:
        """The namespace of the teams' accounts."""
        return f"endpoints-teams-{self.managing_stack}"


Command = Callable[[Aim], list[str]]

POST = ("create", "-f", "-", "--raw")

COMMANDS: Mapping[str, Command] = {
    "read its Secret": lambda aim: ["get", "secret", aim.other_secret, "-n", aim.other],
    "list its Secrets": lambda aim: ["get", "secrets", "-n", aim.other],
    "list its pods": lambda aim: ["get", "pods", "-n", aim.other],
    "read its logs": lambda aim: ["get", "--raw", f"/api/v1/namespaces/{aim.other}/pods/{aim.other_pod}/log"],
    "run a command in its pod": lambda aim: [
        *POST,
        f"/api/v1/namespaces/{aim.other}/pods/{aim.other_pod}/exec?command=id&stdout=true",
    ],
    "forward a port of its pod": lambda aim: [
        *POST,
        f"/api/v1/namespaces/{aim.other}/pods/{aim.other_pod}/portforward?ports=8000",
    ],
    "reach its pod through the API server": lambda aim: [
        "get",
        "--raw",
        f"/api/v1/namespaces/{aim.other}/pods/{aim.other_pod}:8000/proxy/",
    ],
    "reach its Service through the API server": lambda aim: [
        "get",
        "--raw",
        f"/api/v1/namespaces/{aim.other}/services/{aim.other_workload}:80/proxy/",
    ],
    "delete its workload": lambda aim: ["delete", "deployment", aim.other_workload, "-n", aim.other],
    "evict its pod": lambda aim: [
        *POST,
        f"/api/v1/namespaces/{aim.other}/pods/{aim.other_pod}/eviction",
    ],
    "scale its workload": lambda aim: [
        "patch",
        "deployment",
        aim.other_workload,
        "-n",
        aim.other,
        "-p",
        '{"spec": {"replicas": 0}}',
    ],
    "route in its namespace": lambda aim: [
        "create",
        "ingress",
        "theft",
        f"--rule={aim.own_prefix}*=x:80",
        "--class=traefik",
        "-n",
        aim.other,
    ],
    "take a token of its account": lambda aim: ["create", "token", aim.other_team, "-n", aim.accounts],
    "take a token of its pods' account": lambda aim: ["create", "token", "endpoints", "-n", aim.other],
    "act as its account": lambda aim: [
        "get",
        "pods",
        "-n",
        aim.other,
        f"--as=system:serviceaccount:{aim.accounts}:{aim.other_team}",
    ],
    "act as an administrator": lambda aim: [
        "get",
        "pods",
        "-n",
        aim.other,
        "--as=somebody",
        "--as-group=system:masters",
    ],
    "read the teams' accounts": lambda aim: ["get", "serviceaccounts", "-n", aim.accounts],
    "create a ClusterRole": lambda _: ["create", "clusterrole", "theft", "--verb=*", "--resource=*"],
    "bind itself to cluster-admin": lambda aim: [
        "create",
        "clusterrolebinding",
        "theft",
        "--clusterrole=cluster-admin",
        f"--serviceaccount={aim.accounts}:cards",
    ],
    "bind itself to admin in its own namespace": lambda aim: [
        "create",
        "rolebinding",
        "theft",
        "--clusterrole=admin",
        f"--serviceaccount={aim.accounts}:cards",
        "-n",
        aim.own,
    ],
    "edit its own Role": lambda aim: [
        "patch",
        "role",
        "endpoints-deployer",
        "-n",
        aim.own,
        "--type=json",
        '-p=[{"op": "replace", "path": "/rules/0/resources", "value": ["secrets", "pods/exec"]}]',
    ],
    "edit its own RoleBinding": lambda aim: [
        "patch",
        "rolebinding",
        "endpoints-deployer",
        "-n",
        aim.own,
        '-p={"subjects": []}',
    ],
    "delete its own ResourceQuota": lambda aim: ["delete", "resourcequota", aim.own_quota, "-n", aim.own],
    "delete its own LimitRange": lambda aim: ["delete", "limitrange", aim.own_quota, "-n", aim.own],
    "delete its own NetworkPolicy": lambda aim: ["delete", "networkpolicy", "default-deny", "-n", aim.own],
    "relabel its own namespace": lambda aim: [
        "label",
        "namespace",
        aim.own,
        "pod-security.kubernetes.io/enforce=privileged",
        "--overwrite",
    ],
    "widen what its own namespace may route": lambda aim: [
        "annotate",
        "namespace",
        aim.own,
        f"valohai.com/route-prefix={aim.other_prefix}",
        "--overwrite",
    ],
    "delete an admission policy": lambda aim: [
        "delete",
        "validatingadmissionpolicybinding",
        f"endpoints-{aim.managing_stack}-ingresses",
    ],
    "create a namespace": lambda _: ["create", "namespace", "theft"],
    "run a command in its own pods": lambda aim: [
        *POST,
        f"/api/v1/namespaces/{aim.own}/pods/any/exec?command=id&stdout=true",
    ],
    "taint a node": lambda _: ["taint", "nodes", "--all", "theft=true:NoExecute"],
    "list nodes": lambda _: ["get", "nodes"],
}
"""Commands of kubectl, all refused by what the team may do."""


def _metadata(aim: Aim) -> Object:
    return {"name": "theft", "namespace": aim.own}


def _ingress(aim: Aim, **spec: Any) -> Object:
    """Return an Ingress that is allowed but for `spec`."""
    backend = {"service": {"name": aim.other_workload, "port": {"number": 80}}}
    path = {"path": f"{aim.own_prefix}/1/answer", "pathType": "Prefix", "backend": backend}
    rule = {"http": {"paths": [path]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": _metadata(aim),
        "spec": {"ingressClassName": "traefik", "rules": [rule]} | spec,
    }


def _routed(aim: Aim, *, path: str | None = None, host: str | None = None, kind: str = "Prefix") -> Object:
    ingress = _ingress(aim)
    (rule,) = ingress["spec"]["rules"]
    rule["http"]["paths"][0]["pathType"] = kind
    if path is not None:
        rule["http"]["paths"][0]["path"] = path
    if host is not None:
        rule["host"] = host
    return ingress


def _annotated(aim: Aim) -> Object:
    ingress = _ingress(aim)
    ingress["metadata"]["annotations"] = {"traefik.ingress.kubernetes.io/router.priority": "9999"}
    return ingress


def _route(aim: Aim, path: str, **spec: Any) -> Object:
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": path}}],
        "backendRefs": [{"name": aim.other_workload, "port": 80}],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": _metadata(aim),
        "spec": {"parentRefs": [{"name": "localcluster", "namespace": "router"}], "rules": [rule]} | spec,
    }


def _service(aim: Aim, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(aim),
        "spec": {"type": "ClusterIP", "selector": {"app": "theft"}, "ports": [{"port": 80}]} | spec,
    }


def workload(aim: Aim, pod: Object | None = None, container: Object | None = None) -> Object:
    """Return a workload that is allowed but for what is given of its pod or container."""
    allowed = {
        "name": "theft",
        "image": aim.own_image,
        "command": ["sleep", "600"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    spec = {"terminationGracePeriodSeconds": 0, **copy.deepcopy(pod or {})}
    spec["containers"] = [{**allowed, **copy.deepcopy(container or {})}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(aim),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "theft"}},
            "template": {"metadata": {"labels": {"app": "theft"}}, "spec": spec},
        },
    }


@dataclass(frozen=True)
class Attempt:
    """An object of the team's own namespace, and what the API server says against it."""

    make: Callable[[Aim], Object]
    refusal: str


OBJECTS: Mapping[str, Attempt] = {
    "route its prefix": Attempt(lambda aim: _routed(aim, path=f"{aim.other_prefix}/1/answer"), "as its path"),
    "route its exact path": Attempt(
        lambda aim: _routed(aim, path=f"{aim.other_prefix}/1/answer", kind="Exact"), "as its path"
    ),
    "route everything": Attempt(lambda aim: _routed(aim, path="/"), "as its path"),
    "route what only begins like its own": Attempt(
        lambda aim: _routed(aim, path=f"{aim.own_prefix}s/1/answer"), "as its path"
    ),
    "route by a pattern": Attempt(
        lambda aim: _routed(aim, path=f"{aim.own_prefix}/.*", kind="ImplementationSpecific"), "as its path"
    ),
    "route its host": Attempt(lambda aim: _routed(aim, host=aim.other_host), "has no host"),
    "route any host by a pattern": Attempt(lambda aim: _routed(aim, host="*.example"), "has no host"),
    "take requests that nobody routes": Attempt(
        lambda aim: _ingress(
            aim, defaultBackend={"service": {"name": aim.other_workload, "port": {"number": 80}}}
        ),
        "defaultBackend would take requests of others",
    ),
    "take its host's certificate": Attempt(
        lambda aim: _ingress(aim, tls=[{"hosts": [aim.other_host], "secretName": "theft"}]), "has no host"
    ),
    "take precedence by an annotation": Attempt(_annotated, "annotations may change what an Ingress routes"),
    "use another router": Attempt(
        lambda aim: _ingress(aim, ingressClassName="nginx"), "the ingressClassName of this namespace is"
    ),
    "lead the router to its Service": Attempt(
        lambda aim: _service(
            aim, type="ExternalName", externalName=f"{aim.other_workload}.{aim.other}.svc", selector=None
        ),
        "a Service is of type ClusterIP",
    ),
    "lead the router to its pod": Attempt(lambda aim: _service(aim, selector=None), "a Service selects pods"),
    "open a port of every node": Attempt(
        lambda aim: _service(aim, type="NodePort"), "a Service is of type ClusterIP"
    ),
    "open a load balancer": Attempt(
        lambda aim: _service(aim, type="LoadBalancer"), "a Service is of type ClusterIP"
    ),
    "take the traffic of an address": Attempt(
        lambda aim: _service(aim, externalIPs=["10.1.2.3"]), "a Service has no externalIPs"
    ),
    "run its image": Attempt(
        lambda aim: workload(aim, container={"image": aim.other_image}), "images of this namespace are below"
    ),
    "displace its pods": Attempt(
        lambda aim: workload(aim, pod={"priorityClassName": "system-cluster-critical"}),
        "pods have no priorityClassName",
    ),
    "choose a node": Attempt(
        lambda aim: workload(aim, pod={"nodeName": "localcluster"}), "pods have no nodeName"
    ),
    "create a pod by hand": Attempt(
        lambda aim: {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": _metadata(aim),
            "spec": workload(aim)["spec"]["template"]["spec"],
        },
        'cannot create resource "pods"',
    ),
    "create a volume of the node": Attempt(
        lambda _: {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "theft"},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/"},
            },
        },
        'cannot create resource "persistentvolumes"',
    ),
    "open its own pods": Attempt(
        lambda aim: {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": _metadata(aim),
            "spec": {"podSelector": {}, "egress": [{}], "policyTypes": ["Egress"]},
        },
        'cannot create resource "networkpolicies"',
    ),
    "name addresses behind a Service": Attempt(
        lambda aim: {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": _metadata(aim),
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.1.2.3"]}],
            "ports": [{"port": 80}],
        },
        'cannot create resource "endpointslices"',
    ),
    "route by a Gateway": Attempt(
        lambda aim: _route(aim, f"{aim.other_prefix}/1/answer"), 'cannot create resource "httproutes"'
    ),
}
"""Objects that the API server refuses."""


@dataclass(frozen=True)
class Escape:
    """A change of a pod, or of its container, that it must not be able to start with."""

    refusal: str
    pod: Object = field(default_factory=dict)
    container: Object = field(default_factory=dict)


def _volume(source: Object) -> Object:
    return {"volumes": [{"name": "theft", **source}]}


PODS: Mapping[str, Escape] = {
    "escape by a path of the node": Escape("hostPath", pod=_volume({"hostPath": {"path": "/"}})),
    "escape by the node's network": Escape("hostNetwork", pod={"hostNetwork": True}),
    "escape by the node's processes": Escape("hostPID", pod={"hostPID": True}),
    "escape by the node's memory": Escape("hostIPC", pod={"hostIPC": True}),
    "escape as a privileged container": Escape(
        "privileged", container={"securityContext": {"privileged": True}}
    ),
    "escape as root": Escape(
        "runAsNonRoot",
        container={"securityContext": {"runAsUser": 0, "allowPrivilegeEscalation": False}},
    ),
    "take a port of the node": Escape(
        "hostPort", container={"ports": [{"containerPort": 8000, "hostPort": 8000}]}
    ),
    "use more than a container may": Escape(
        "maximum cpu usage per Container is 1",
        container={"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}},
    ),
    "exhaust the quota": Escape(
        "exceeded quota: team", container={"resources": {"requests": {"cpu": "950m"}, "limits": {"cpu": "1"}}}
    ),
}
"""Pods that are refused although their workload is accepted."""
