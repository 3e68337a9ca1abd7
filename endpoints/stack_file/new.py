"""Writes the text of a new stack file."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NewStack:
    """The answers from which a stack file is made.

    `organization` begins every URL; `project`, `deployment` and `version` are the next parts. `source` is a
    directory or git URL, `yaml` the path of valohai.yaml in it (None: in its root), `commit` a hash or None
    for the directory as it stands. `context` names a cluster of the user's own, with `repository` for its
    images, and a `gateway` (`NAMESPACE/NAME`) where it has no Ingress; `managed_stack` the stack that manages
    a cluster for the `team`. Without both the cluster is the embedded one.
    """

    team: str
    environment: str
    organization: str
    project: str
    deployment: str
    version: str
    source: str
    yaml: str | None = None
    commit: str | None = None
    context: str | None = None
    repository: str | None = None
    ingress_class: str | None = None
    gateway: str | None = None
    host: str | None = None
    tls_secret: str | None = None
    managed_stack: str | None = None

    @property
    def name(self) -> str:
        """The stack's name: that of the team and the environment, `fraud-prod`."""
        return f"{self.team}-{self.environment}"


@dataclass(frozen=True)
class ModelFile:
    """A model file that an endpoint expects.

    `place` is its path in the image. `path` is where it may be on this machine, relative to the directory of
    Pulumi.yaml; `is_there` tells whether a file is there.
    """

    place: str
    path: str
    is_there: bool


Endpoints = Mapping[str, Mapping[str, ModelFile]]
"""The endpoints of a project by name, each with its model files by name."""


_ANSWERS = {
    "organization": "organization",
    "cluster.context": "context",
    "cluster.stack": "managed_stack",
    "cluster.team": "team",
    "registry.": "repository",
    "routing.gateway": "gateway",
    "routing.ingressClass": "ingress_class",
    "routing.host": "host",
    "routing.tls": "tls_secret",
    "deployments[0].project": "project",
    "deployments[0].name": "deployment",
    "deployments[0].source": "source",
    "deployments[0].yaml": "yaml",
    "deployments[0].aliases": "version",
    "deployments[0].versions[0].name": "version",
    "deployments[0].versions[0].commit": "commit",
}
"""The answer behind a setting, by the beginning of its key."""


def answer_behind(key: str) -> str | None:
    """Return the field of NewStack behind a setting, `registry.repository` say, or None."""
    return next((answer for start, answer in _ANSWERS.items() if key.startswith(start)), None)


_SCHEMA_FILES = ("docs/stack.schema.json", "endpoints/stack_file/stack.schema.json")
"""Where a project may have the JSON schema: a copy of its own, or the file of this repository."""


def schema_reference(root: Path) -> str | None:
    """Return the path of the JSON schema as seen from stack files; `root` is the directory of Pulumi.yaml.

    None if the project has no schema. An installed package is not named, since its path differs between
    machines.
    """
    return next((f"../{file}" for file in _SCHEMA_FILES if (root / file).is_file()), None)


def render(
    answers: NewStack, namespace: str, schema: str | None = None, endpoints: Endpoints | None = None
) -> str:
    """Return the stack file, with comments.

    Every key begins with `namespace`, the name in Pulumi.yaml. `schema` is the path of the JSON schema, with
    which editors complete and check the file (None: they do not). `endpoints` are those of the project, None
    or empty where they are not known.
    """
    lines = [
        *([f"# yaml-language-server: $schema={schema}"] if schema else []),
        f"# What the team {answers.team} runs in {answers.environment}. Every key: docs/stack-file.md;",
        f"# python -m endpoints check stacks/Pulumi.{answers.name}.yaml finds mistakes.",
        "config:",
        "  # The first part of every URL: /<organization>/<project>/<deployment>/<version>/<endpoint>",
        f"  {namespace}:organization: {_text(answers.organization)}",
        *_surroundings(answers, namespace),
        "  # Variables of all endpoints. For a secret value write {secret: NAME}, and set NAME by",
        f"  #     pulumi config set --secret --path '{namespace}:secrets.NAME'",
        f"  # {namespace}:environment: {{LOG_LEVEL: info}}",
        *_deployments(answers, namespace, endpoints or {}),
    ]
    return "\n".join(lines) + "\n"


def _surroundings(answers: NewStack, namespace: str) -> list[str]:
    if answers.managed_stack:
        return [
            "  # Registry, routing and limits come from the stack that manages the cluster.",
            f"  {namespace}:cluster: {{kind: managed, stack: {_text(answers.managed_stack)}, "
            f"team: {_text(answers.team)}}}",
        ]
    if not answers.context:
        return [
            "  # The cluster that `python -m localcluster up` runs here, with its registry and router.",
            f"  {namespace}:cluster: {{kind: embedded}}",
        ]
    return [
        "  # A context of your kubeconfig; nothing is ever sent to another cluster.",
        f"  {namespace}:cluster: {{kind: user, context: {_text(answers.context)}}}",
        "  # Where images go. They are pushed with this machine's docker login.",
        f"  {namespace}:registry: {{repository: {_text(answers.repository or '')}}}",
        f"  {namespace}:routing: {{{', '.join(_routing(answers))}}}",
    ]


def _routing(answers: NewStack) -> Iterator[str]:
    if answers.gateway:
        namespace, _, name = answers.gateway.partition("/")
        yield f"kind: gateway, gateway: {{namespace: {_text(namespace)}, name: {_text(name)}}}"
    else:
        yield "kind: ingress"
    if answers.ingress_class:
        yield f"ingressClass: {_text(answers.ingress_class)}"
    if answers.host:
        yield f"host: {_text(answers.host)}"
    if answers.tls_secret:
        yield f"tls: {{secretName: {_text(answers.tls_secret)}}}"


def _deployments(answers: NewStack, namespace: str, endpoints: Endpoints) -> list[str]:
    commit = (
        [f"          commit: {_text(answers.commit)}"]
        if answers.commit
        else [
            "          # With a commit the version never changes; without one it is the files as they are.",
            "          # commit: 1a2b3c4",
        ]
    )
    manifest = (
        [
            "      # valohai.yaml in the source; code starts in the source's root",
            f"      yaml: {_text(answers.yaml)}",
        ]
        if answers.yaml
        else []
    )
    return [
        f"  {namespace}:deployments:",
        f"    - project: {_text(answers.project)}",
        f"      name: {_text(answers.deployment)}",
        "      # A directory, relative to that of Pulumi.yaml, or a git URL",
        f"      source: {_text(answers.source)}",
        *manifest,
        "      # `latest` is a second URL of the version; moving it restarts nothing.",
        f"      aliases: {{latest: {_text(answers.version)}}}",
        "      versions:",
        f"        - name: {_text(answers.version)}",
        *commit,
        *(_known_endpoints(endpoints) if endpoints else _UNKNOWN_ENDPOINTS),
    ]


_UNKNOWN_ENDPOINTS = (
    "          # Without `endpoints` all of valohai.yaml are deployed; with it those that are listed:",
    "          # endpoints:",
    "          #   predict:",
    "          #     replicas: {min: 2, max: 8}",
    "          #     files: {model: {path: ../models/model.pkl}}",
    "          #     # A request that must succeed before `latest` leads to it:",
    "          #     smokeRequest: {path: /predict, json: {x: 1}, status: 200}",
)


def _known_endpoints(endpoints: Endpoints) -> Sequence[str]:
    lines = [
        "          # All endpoints of valohai.yaml. One that is removed is not deployed. Each may have:",
        "          #     replicas: {min: 2, max: 8}",
        "          #     # A request that must succeed before `latest` leads to it:",
        "          #     smokeRequest: {path: /health, status: 200}",
        "          endpoints:",
    ]
    for name, files in endpoints.items():
        lines.append(f"            {_text(name)}:")
        if files:
            lines.append("              files:")
        for file, found in files.items():
            lines.append(
                f"                # {found.place} in the image{'' if found.is_there else _NOT_THERE}"
            )
            lines.append(f"                {_text(file)}: {{path: {_text(found.path)}}}")
    return lines


_NOT_THERE = "; it is not on this machine: write its path, or {uri: s3://BUCKET/KEY} in place of {path: ...}"


def _text(value: str) -> str:
    """Write a string so that YAML reads a string, whatever it looks like."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9/._-]*", value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
"""Words that YAML does not read as strings."""
