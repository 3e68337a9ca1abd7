"""Which cluster a stack deploys to."""

from typing import Literal

from endpoints.settings.model import Model
from endpoints.settings.values import Kubeconfig, StackName, Text


class UserCluster(Model):
    """A cluster of the user's own, reached as kubectl does.

    `kubeconfig` is a path relative to Pulumi.yaml's directory, an entry of the stack's `secrets` that holds
    the content, or None for kubectl's default (KUBECONFIG, then ~/.kube/config). `context` has no default, so
    that nothing lands on whatever cluster happens to be current. `namespaces` tells whether the stack makes
    its deployments' namespaces, with the account of the pods, or whoever manages the cluster has made them:
    for an account that may not, as least privilege has it.
    """

    kind: Literal["user"]
    context: Text
    kubeconfig: Kubeconfig | None = None
    namespaces: Literal["create", "existing"] = "create"


class EmbeddedCluster(Model):
    """The cluster that `python -m localcluster up` runs on this machine, found by its connection file."""

    kind: Literal["embedded"]


class ManagedCluster(Model):
    """A cluster that another Pulumi stack manages for several teams; `stack` is its full name.

    Everything else about the cluster comes from that stack's output for `team`.
    """

    kind: Literal["managed"]
    stack: StackName
    team: Text
