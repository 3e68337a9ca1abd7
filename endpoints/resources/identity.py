"""What all Kubernetes objects of one endpoint have in common."""

from typing import TypedDict

from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict


class MetadataArgs(TypedDict):
    """How an object is named and found."""

    namespace: str
    """The namespace of the deployment that the object belongs to."""
    object_name: str
    """``metadata.name``, of every object of an endpoint."""
    labels: dict[str, str]
    """Labels of the object, and of an endpoint's pods."""


class IdentityArgs(MetadataArgs):
    """How the objects of one endpoint are named and found."""

    selector: dict[str, str]
    """The part of the labels that finds the pods. Immutable in Kubernetes, hence as small and constant as
    possible.
    """


def metadata(identity: MetadataArgs, annotations: dict[str, str] | None = None) -> ObjectMetaArgsDict:
    """Build an object's ``metadata``; without annotations the field is absent rather than empty."""
    described: ObjectMetaArgsDict = {
        "name": identity["object_name"],
        "namespace": identity["namespace"],
        "labels": dict(identity["labels"]),
    }
    if annotations:
        described["annotations"] = dict(annotations)
    return described
