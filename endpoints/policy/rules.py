"""The rules: each looks at one Kubernetes object, and yields what is wrong with it and what to do."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from endpoints.cluster.quantities import asked_for, containers, pod_spec
from endpoints.errors import Problem, ProjectError
from endpoints.report.preview import UNKNOWN
from endpoints.stack_file.access import ACCESS_ANNOTATION, API_KEYS_VARIABLE
from endpoints.stack_file.oidc import OIDC_VARIABLE
from endpoints.stack_file.validation import explain
from endpoints.stack_file.values import Count, Model, Repository, Text
from endpoints.wording import counted, suggestion
from endpoints.yaml_document import KeyPath, YamlDocument, construct, dotted, faults


class Level(Enum):
    """What a violation does; the values are those of Pulumi's enforcement levels."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class PolicySettings(Model):
    """The settings of all policies."""

    production: tuple[Text, ...] = Field(
        default=("*prod", "*production"),
        description="Patterns of the names of production stacks; `*` stands for any characters",
    )
    minimum_replicas: Count = Field(
        default=2,
        description="Lowest number of pods of an endpoint in production. Two survive the loss of a node",
    )
    registries: Annotated[tuple[Repository, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Repositories that images may come from, these or those below them. Without it, all",
    )
    limits: tuple[Text, ...] = Field(
        default=("memory",),
        description="Resources for which every container needs a limit: `cpu`, `memory`. A container "
        "without a memory limit can take its node down",
    )
    levels: Mapping[str, Level] = Field(
        default_factory=dict,
        description="What a violation does, by policy: `{tls: advisory}`. `mandatory`: it forbids the "
        "update. `advisory`: it is a warning. `disabled`: the policy is not checked. Without a level, "
        "`access` is advisory and every other policy is mandatory",
    )

    def is_production(self, stack: str) -> bool:
        """Tell whether a stack is one of production."""
        return any(fnmatchcase(stack, pattern) for pattern in self.production)

    def level(self, rule: "Rule") -> Level:
        """Return what a violation of a policy does."""
        return self.levels.get(rule.name, rule.level)


def load_policy_settings(file: Path, known: tuple[str, ...]) -> PolicySettings:
    """Read the settings; `known` are the names of the policies. Raises ProjectError with every mistake."""
    document = YamlDocument.read(file, str(file))

    def problem(path: KeyPath, text: str) -> Problem:
        return Problem(document.file, document.line(path), dotted(path), text)

    if document.root is None:
        return PolicySettings()
    if not isinstance(document.root, yaml.MappingNode):
        raise ProjectError(
            Problem(document.file, 1, "", "found no mapping; write keys, such as production: [...]")
        )
    if found := list(faults(document.root)):
        raise ProjectError(*(Problem(document.file, line, dotted(path), text) for path, line, text in found))
    try:
        settings = PolicySettings.model_validate(construct(document.root), by_alias=True, by_name=False)
    except ValidationError as error:
        raise ProjectError(*(problem(path, text) for path, text in explain(error, PolicySettings))) from None
    if unknown := [name for name in settings.levels if name not in known]:
        raise ProjectError(
            *(problem(("levels", name), f"unknown policy; {suggestion(name, known)}") for name in unknown)
        )
    return settings


_NODE_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")


def privileges(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what pods may do to their node, as the rest of a sentence.

    These are the baseline Pod Security Standard's rules that matter here, and of the restricted one those on
    root and on privilege escalation: https://kubernetes.io/docs/concepts/security/pod-security-standards/.
    """
    for key in _NODE_NAMESPACES:
        if spec.get(key):
            yield f"have {key}"
    for volume in spec.get("volumes") or []:
        if volume.get("hostPath"):
            yield f"mount {volume['hostPath'].get('path')} of the node"
    runs_as = spec.get("securityContext") or {}
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        own = container.get("securityContext") or {}
        name = container["name"]
        if own.get("privileged"):
            yield f"run the privileged container {name}"
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"let container {name} gain privileges (allowPrivilegeEscalation is not false)"
        if not own.get("runAsNonRoot", runs_as.get("runAsNonRoot")):
            yield f"may run container {name} as root (runAsNonRoot is not true)"
        if added := (own.get("capabilities") or {}).get("add"):
            yield f"give container {name} the capabilities {', '.join(added)}"


Object = Mapping[str, Any]
"""A Kubernetes object as the program declares it."""


@dataclass(frozen=True)
class Context:
    """What rules know beside the object."""

    settings: PolicySettings
    is_production: bool


@dataclass(frozen=True)
class Rule:
    """A policy: what it demands, how an object is looked at, and what a violation does without a setting."""

    name: str
    description: str
    check: Callable[[Object, Context], Iterator[str]]
    level: Level = Level.MANDATORY


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
        yield f"its pods {privilege}; remove this"


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
                    f"is attached to every listener of the Gateway {parent['name']}, also those "
                    "without TLS; set listener of endpoints:routing.gateway to a listener with HTTPS"
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
        yield f"keeps {counted(int(lowest), 'pod')}; set replicas.min to {needed} or more"


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


def _knows_its_callers(declared: Object, context: Context) -> Iterator[str]:
    if declared.get("kind") != "Deployment" or not context.is_production:
        return
    variables = [entry["name"] for item in containers(declared) for entry in item.get("env") or []]
    annotations = (declared["spec"]["template"].get("metadata") or {}).get("annotations") or {}
    is_told = {API_KEYS_VARIABLE, OIDC_VARIABLE}.intersection(variables)
    if not is_told and ACCESS_ANNOTATION not in annotations:
        yield "answers everybody; set access of its endpoint, or let the router check who calls"


RULES = (
    Rule(
        "image-digest", "Images have a digest, so that the reviewed image is the one that runs.", _pins_images
    ),
    Rule("resources", "Every container requests CPU and memory and has limits.", _asks_for_resources),
    Rule("unprivileged", "Pods have no privileges on their node.", _has_no_privileges),
    Rule("tls", "In production, every host uses HTTPS.", _uses_tls),
    Rule("replicas", "In production, at least two pods run, so that one can fail.", _has_replicas),
    Rule("registries", "Images come from approved registries.", _comes_from_approved_registries),
    Rule("access", "In production, endpoints answer only known callers.", _knows_its_callers, Level.ADVISORY),
)
"""Every policy, in the order in which violations are told."""
