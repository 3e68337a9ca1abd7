"""What Kubernetes accepts as a name, a label or an image, where users' values are passed on to it.

Rules: kubernetes.io "Object Names and IDs", "Labels and Selectors", "Extended Resources";
distribution/reference for images. Each pattern is meant for `fullmatch`.
"""

import re

DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DNS_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")

_DOMAIN_COMPONENT = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REPOSITORY_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
REPOSITORY_COMPONENT = re.compile(_REPOSITORY_COMPONENT)
TAG = re.compile(_TAG)
IMAGE = re.compile(
    rf"(?:(?:{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?"
    rf"{_REPOSITORY_COMPONENT}(?:/{_REPOSITORY_COMPONENT})*(?::{_TAG})?(?:@{_DIGEST})?"
)
REGISTRY_REPOSITORY = re.compile(
    rf"(?:localhost|{_DOMAIN_COMPONENT}(?:\.{_DOMAIN_COMPONENT})+|{_DOMAIN_COMPONENT}(?=:)|\[[0-9a-fA-F:]+\])"
    rf"(?::[0-9]+)?(?:/{_REPOSITORY_COMPONENT})*"
)
"""A registry's host, spelled out, and what stands before the images' own names."""


def is_qualified_name(text: str) -> bool:
    """Tell whether `text` is a label key: an optional `domain/`, then a name of at most 63 characters."""
    domain, slash, name = text.rpartition("/")
    if slash and not DNS_SUBDOMAIN.fullmatch(domain):
        return False
    return name != "" and LABEL_VALUE.fullmatch(name) is not None


def is_extended_resource(text: str) -> bool:
    """Tell whether `text` names a device, such as `nvidia.com/gpu`: a domain that is not Kubernetes' own."""
    domain, slash, _ = text.rpartition("/")
    if not slash or domain == "kubernetes.io" or domain.endswith(".kubernetes.io"):
        return False
    return is_qualified_name(text)
