"""Commands by which one team tries to get at another, and out of its limits."""

from collections.abc import Callable, Mapping

from tests.cluster.managed.tries.aim import Aim

Command = Callable[[Aim], list[str]]

POST = ("create", "-f", "-", "--raw")

COMMANDS: Mapping[str, Command] = {
    "read its Secret": lambda aim: ["get", "secret", aim.other_secret, "-n", aim.other],
    "list its Secrets": lambda aim: ["get", "secrets", "-n", aim.other],
    "list its pods": lambda aim: ["get", "pods", "-n", aim.other],
    "read its logs": lambda aim: ["get", "--raw", f"/api/v1/namespaces/{aim.other}/pods/{aim.other_pod}/log"],
    "read its events": lambda aim: ["get", "events", "-n", aim.other],
    "read the CPU and memory of its pods": lambda aim: [
        "get",
        "--raw",
        f"/apis/metrics.k8s.io/v1beta1/namespaces/{aim.other}/pods",
    ],
    "read its logs through the node": lambda _: [
        "get",
        "--raw",
        "/api/v1/nodes/localcluster/proxy/logs/pods/",
    ],
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
    "add a container to its own pods": lambda aim: [
        "patch",
        "pod",
        "any",
        "-n",
        aim.own,
        "--subresource=ephemeralcontainers",
        '-p={"spec": {"ephemeralContainers": [{"name": "theft", "image": "busybox"}]}}',
    ],
    "taint a node": lambda _: ["taint", "nodes", "--all", "theft=true:NoExecute"],
    "list nodes": lambda _: ["get", "nodes"],
}
"""Commands of kubectl, all refused by what the team may do."""
