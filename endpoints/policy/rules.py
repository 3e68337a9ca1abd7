"""The rules: each looks at one Kubernetes object, and yields what is wrong with it and what to do."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from endpoints.container_resources import asked_for
from endpoints.pod_template import containers, pod_spec
from endpoints.policy.models import PolicySettings
from endpoints.policy.privileges import privileges
from endpoints.preview import UNKNOWN

Object = Mapping[str, Any]
"""A Kubernetes object as the program declares it."""


@dataclass(frozen=True)
class Context:
    """What rules know beside the object."""

    settings: PolicySettings
    is_production: bool


@dataclass(frozen=True)
class Rule:
    """A policy: its name, what it demands, and how an object is looked at."""

    name: str
    description: str
    check: Callable[[Object, Context], Iterator[str]]


def _pins_images(declared: Object, _: Context) -> Iterator[str]:
    for container in containers(declared):
        image = container.get("image", "")
        # An image that is built by the same update is unknown before it, and then given by its digest.
        if image != UNKNOWN and not re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", image):
            text = "which can change; give its digest: @sha256:..."
            yield f"container {container['name']} runs {image}, {text}"


def _asks_for_resources(declared: Object, context: Context) -> Iterator[str]:
    for container in containers(declared):
        asked = asked_for(container.get("resources") or {})
        for group, names in (("requests", ("cpu", "memory")), ("limits", context.settings.limits)):
            missing = [name for name in names if name not in asked[group]]
            if missing:
                bound = "min" if group == "requests" else "max"
                text = f"add {bound} under resources of the endpoint in valohai.yaml"
                yield f"container {container['name']} has no {group} of {' and '.join(missing)}; {text}"


def _has_no_privileges(declared: Object, _: Context) -> Iterator[str]:
    for privilege in privileges(pod_spec(declared)):
        yield f"its pods {privilege}; remove that"


def _uses_tls(declared: Object, context: Context) -> Iterator[str]:
    """Check an Ingress, or what an HTTPRoute itself tells.

    Of an HTTPRoute the Gateway's listener decides, which is not among the stack's objects: all that can be
    demanded is that the route names one, since without a name every listener takes it, those without TLS too.
    """
    kind = declared.get("kind")
    if kind not in ("Ingress", "HTTPRoute") or not context.is_production:
        return
    spec = declared["spec"]
    if kind == "HTTPRoute":
        if not spec.get("hostnames"):
            yield "answers on any host; set host of endpoints:routing"
        for parent in spec.get("parentRefs") or []:
            if "sectionName" not in parent:
                yield (
                    f"is taken by every listener of the Gateway {parent['name']}, those without TLS too; "
                    "set listener of endpoints:routing.gateway to the one with HTTPS"
                )
        return
    covered = {host for entry in spec.get("tls") or [] for host in entry.get("hosts") or []}
    for host in dict.fromkeys(rule.get("host") for rule in spec.get("rules") or []):
        if host is None:
            yield "answers on any host, without TLS; set host and tls of endpoints:routing"
        elif host not in covered:
            yield f"answers on {host} without TLS; set tls of endpoints:routing"


def _has_replicas(declared: Object, context: Context) -> Iterator[str]:
    key = _REPLICAS.get(declared.get("kind", ""))
    if key is None or not context.is_production:
        return
    lowest, needed = declared["spec"].get(key, _WITHOUT[key]), context.settings.minimum_replicas
    if lowest is not None and lowest < needed:
        yield f"keeps {int(lowest)} pod{'' if lowest == 1 else 's'}; set replicas.min to {needed} or more"


_REPLICAS = {
    "Deployment": "replicas",
    "HorizontalPodAutoscaler": "minReplicas",
    "ScaledObject": "minReplicaCount",
}
_WITHOUT = {"replicas": None, "minReplicas": 1, "minReplicaCount": 0}
"""What an absent key means. A Deployment without one has an autoscaler."""


def _comes_from_approved_registries(declared: Object, context: Context) -> Iterator[str]:
    approved = context.settings.registries
    if approved is None:
        return
    # Behind a host alone a colon begins a port, and so the name of another registry.
    below = tuple(
        f"{repository}{separator}"
        for repository in approved
        for separator in ("/:@" if "/" in repository else "/")
    )
    for container in containers(declared):
        image = container.get("image", "")
        if image != UNKNOWN and not image.startswith(below):
            yield f"container {container['name']} runs {image}; approved registries: {', '.join(approved)}"


RULES = (
    Rule("image-digest", "Images are given by digest, so that what was reviewed is what runs.", _pins_images),
    Rule("resources", "Every container requests CPU and memory and has limits.", _asks_for_resources),
    Rule("unprivileged", "Pods have no rights on their node.", _has_no_privileges),
    Rule("tls", "In production, every host is served by HTTPS.", _uses_tls),
    Rule("replicas", "In production, at least two pods run, so that one may fail.", _has_replicas),
    Rule("registries", "Images come from approved registries.", _comes_from_approved_registries),
)
"""Every policy, in the order in which violations are told."""
