"""Names, labels and syntax of Kubernetes objects."""

import hashlib
import re
from collections.abc import Sequence

SERVICE_ACCOUNT = "endpoints"
"""Name of the account that a deployment's pods run as, in its namespace."""

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


HASH_LENGTH = 8
"""Hexadecimal digits of the hash: 32 bits, so two of 1,000 changed names in one namespace meet with a
chance of 1 in 8,600; `plan` checks for that rather than trusting it."""

LABEL_LENGTH = 63
"""Longest DNS label and longest label value (Kubernetes: Object Names and IDs; Labels and Selectors)."""


def dns_label(parts: Sequence[str], limit: int = LABEL_LENGTH) -> str:
    """Join `parts` by dashes into a DNS-1123 label of at most `limit` characters.

    The plain join is kept only if it is legal, short enough and can be read back in one way (no part but the
    first holds a dash); otherwise it is made legal, cut, and given a hash of the exact parts.
    """
    joined = "-".join(parts)
    unambiguous = not any("-" in part for part in parts[1:])
    if unambiguous and len(joined) <= limit and DNS_LABEL.fullmatch(joined):
        return joined
    return _with_hash(re.sub(r"[^a-z0-9]+", "-", joined.lower()), parts, limit)


def label_value(text: str) -> str:
    """Return `text` as a label value: up to 63 of `[A-Za-z0-9._-]`, alphanumeric at both ends."""
    if LABEL_VALUE.fullmatch(text):
        return text
    return _with_hash(re.sub(r"[^A-Za-z0-9._-]+", "-", text), [text], LABEL_LENGTH)


def repository_component(text: str, limit: int) -> str:
    """Return `text` as one path component of an image repository (grammar: distribution/reference).

    Lower-case letters and digits, separated by one dot, one or two underscores, or dashes.
    """
    if len(text) <= limit and REPOSITORY_COMPONENT.fullmatch(text):
        return text
    return _with_hash(re.sub(r"[^a-z0-9]+", "-", text.lower()), [text], limit)


def image_tag(text: str) -> str:
    """Return `text` as an image tag: at most 128 of `[A-Za-z0-9_.-]`, not beginning with a dot or a dash."""
    if TAG.fullmatch(text):
        return text
    return _with_hash(re.sub(r"[^A-Za-z0-9_.-]+", "-", text), [text], 128)


def _with_hash(readable: str, parts: Sequence[str], limit: int) -> str:
    # No part can hold a NUL, so the digest is of the exact parts: ("a-b", "c") and ("a", "b-c") differ.
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:HASH_LENGTH]
    kept = readable[: limit - HASH_LENGTH - 1].strip("-._")
    return f"{kept}-{digest}" if kept else digest
