"""Makes users' names legal in Kubernetes and container registries, without collisions.

A name that had to be changed or cut gets a short hash of the original, so that `v1.0` and `v1-0` stay two
names.
"""

import hashlib
import re
from collections.abc import Sequence

from endpoints.kubernetes_syntax import DNS_LABEL, LABEL_VALUE, REPOSITORY_COMPONENT, TAG

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
