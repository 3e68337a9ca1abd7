"""Which cluster a stack deploys to."""

from typing import Literal

from endpoints.settings.model import Model
from endpoints.settings.values import StackName, Text


class UserCluster(Model):
    """A cluster of the user's own, reached as kubectl does.

    `kubeconfig` is a path relative to Pulumi.yaml's directory, or None for kubectl's default (KUBECONFIG,
    then ~/.kube/config). `context` has no default, so that nothing lands on whatever cluster happens to be
    current.
    """

    kind: Literal["user"]
    context: Text
    kubeconfig: Text | None = None


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
