"""Objects of its own namespace by which a team tries to get at another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cluster.managed.tries.aim import Aim, Object, metadata
from tests.cluster.managed.tries.workload import workload


def _ingress(aim: Aim, **spec: Any) -> Object:
    """Return an Ingress that is allowed but for `spec`."""
    backend = {"service": {"name": aim.other_workload, "port": {"number": 80}}}
    path = {"path": f"{aim.own_prefix}/1/answer", "pathType": "Prefix", "backend": backend}
    rule = {"http": {"paths": [path]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(aim),
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


def _annotated(aim: Aim, key: str, value: str) -> Object:
    ingress = _ingress(aim)
    ingress["metadata"]["annotations"] = {key: value}
    return ingress


def _route(aim: Aim, path: str, **spec: Any) -> Object:
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": path}}],
        "backendRefs": [{"name": aim.other_workload, "port": 80}],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(aim),
        "spec": {"parentRefs": [{"name": "localcluster", "namespace": "router"}], "rules": [rule]} | spec,
    }


def _whole_cluster(api_version: str, kind: str, **content: Any) -> Callable[[Aim], Object]:
    """Return how to make an object that no namespace holds."""
    return lambda _: {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "theft"},
        **content,
    }


def _service(aim: Aim, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(aim),
        "spec": {"type": "ClusterIP", "selector": {"app": "theft"}, "ports": [{"port": 80}]} | spec,
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
    "take precedence by an annotation": Attempt(
        lambda aim: _annotated(aim, "traefik.ingress.kubernetes.io/router.priority", "9999"),
        "annotations may change what an Ingress routes",
    ),
    "run configuration of its own in the router": Attempt(
        lambda aim: _annotated(aim, "nginx.ingress.kubernetes.io/configuration-snippet", "return 200;"),
        "annotations may change what an Ingress routes",
    ),
    "answer for its host by an annotation": Attempt(
        lambda aim: _annotated(aim, "nginx.ingress.kubernetes.io/server-alias", aim.other_host),
        "annotations may change what an Ingress routes",
    ),
    "use a Middleware of its namespace": Attempt(
        lambda aim: _annotated(
            aim, "traefik.ingress.kubernetes.io/router.middlewares", f"{aim.other}-auth@kubernetescrd"
        ),
        "annotations may change what an Ingress routes",
    ),
    "change the value of an annotation that is allowed": Attempt(
        lambda aim: _annotated(aim, "nginx.ingress.kubernetes.io/proxy-body-size", "0"),
        "annotations may change what an Ingress routes",
    ),
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
    "run on a node of the control plane": Attempt(
        lambda aim: workload(
            aim, pod={"tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]}
        ),
        "pods tolerate no taint of control plane nodes",
    ),
    "run on every node": Attempt(
        lambda aim: workload(aim, pod={"tolerations": [{"operator": "Exists"}]}), "nor every taint"
    ),
    "choose a node": Attempt(
        lambda aim: workload(aim, pod={"nodeName": "localcluster"}), "pods have no nodeName"
    ),
    "create a pod by hand": Attempt(
        lambda aim: {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata(aim),
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
    "become an administrator by a certificate": Attempt(
        _whole_cluster(
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            spec={
                "signerName": "kubernetes.io/kube-apiserver-client",
                "request": "",
                "usages": ["client auth"],
            },
        ),
        'cannot create resource "certificatesigningrequests"',
    ),
    "see all objects by a webhook": Attempt(
        _whole_cluster("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", webhooks=[]),
        'cannot create resource "validatingwebhookconfigurations"',
    ),
    "answer for an API of the cluster": Attempt(
        _whole_cluster(
            "apiregistration.k8s.io/v1",
            "APIService",
            spec={
                "group": "metrics.k8s.io",
                "version": "v1",
                "groupPriorityMinimum": 1,
                "versionPriority": 1,
            },
        ),
        'cannot create resource "apiservices"',
    ),
    "define a kind of object": Attempt(
        _whole_cluster("apiextensions.k8s.io/v1", "CustomResourceDefinition", spec={}),
        'cannot create resource "customresourcedefinitions"',
    ),
    "make a priority of its own": Attempt(
        _whole_cluster("scheduling.k8s.io/v1", "PriorityClass", value=1000),
        'cannot create resource "priorityclasses"',
    ),
    "open its own pods": Attempt(
        lambda aim: {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata(aim),
            "spec": {"podSelector": {}, "egress": [{}], "policyTypes": ["Egress"]},
        },
        'cannot create resource "networkpolicies"',
    ),
    "name addresses behind a Service": Attempt(
        lambda aim: {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata(aim),
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
