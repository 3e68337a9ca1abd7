"""Decides how one endpoint runs, from its manifest and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from endpoints.address import Address
from endpoints.dockerfile import FILES_CONTEXT, SERVING_CONTEXT, Dockerfile, render_dockerfile
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import Endpoint, File, Manifest, ServerCommand, Wsgi
from endpoints.plan.environment import Environment, Variables, container_environment
from endpoints.plan.models import EndpointPlan, ImagePlan, Replicas
from endpoints.plan.resources import limits, requests
from endpoints.plan.storage import storage
from endpoints.plan.unsupported import unsupported_in_manifest
from endpoints.probe import Probe
from endpoints.requirements import Requirements, find_requirements
from endpoints.server import container_command, default_probe, server_environment
from endpoints.settings import EndpointSettings, Settings
from endpoints.source import ModelFile, Source, read_digest, stage_files
from endpoints.wording import suggestion
from endpoints.yaml_document import KeyPath


@dataclass(frozen=True)
class EndpointInputs:
    """Everything that is known of an endpoint before anything is decided.

    `path` is where its settings stand, or would stand, in the stack file. `environments` are the variables of
    organization, deployment and version, the later ones winning. `serving` is the copy of endpoints/serving.
    """

    root: Path
    settings: Settings
    path: KeyPath
    address: Address
    manifest: Manifest
    endpoint: Endpoint
    endpoint_settings: EndpointSettings
    environments: tuple[Variables, ...]
    source: Source
    serving: Path

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of one of the endpoint's settings."""
        return self.settings.problem((*self.path, *path), text)


def plan_endpoint(inputs: EndpointInputs) -> EndpointPlan:
    """Decide everything about an endpoint; raises ProjectError with every problem found."""
    endpoint, chosen = inputs.endpoint, inputs.endpoint_settings
    problems = list(unsupported_in_manifest(inputs.manifest, endpoint))
    files, file_problems = _model_files(inputs)
    probe, probe_problems = _probe(inputs)
    problems += [*file_problems, *probe_problems]
    if problems or probe is None:
        raise ProjectError(*problems)
    limited = limits(endpoint.resources)
    environment = _environment(inputs, limited)
    return EndpointPlan(
        address=inputs.address,
        description=endpoint.description,
        image=_image(inputs, files),
        takes_any_version=isinstance(endpoint.server, Wsgi),
        command=container_command(endpoint.server, endpoint.port, chosen.probe.startup_seconds),
        environment=environment.plain,
        secret_environment=environment.secret,
        port=endpoint.port,
        requests=requests(endpoint.resources),
        limits=limited,
        replicas=Replicas(
            minimum=chosen.replicas.min,
            maximum=chosen.replicas.max,
            cpu_utilization=chosen.cpu_utilization,
            scale_down_seconds=chosen.scale_down_seconds,
        ),
        probe=probe,
        node_selector=endpoint.node_selector,
        tolerations=endpoint.tolerations,
        storage=storage(endpoint),
        timeout_seconds=chosen.timeout_seconds,
    )


def _image(inputs: EndpointInputs, files: list[ModelFile]) -> ImagePlan:
    root, repository = inputs.root, inputs.source.directory
    contexts = {SERVING_CONTEXT: inputs.serving.relative_to(root)}
    if files:
        contexts[FILES_CONTEXT] = stage_files(files, root).relative_to(root)
    dockerfile = Dockerfile(
        base=inputs.endpoint.image,
        wsgi=isinstance(inputs.endpoint.server, Wsgi),
        requirements=_requirements(inputs.source),
        files=bool(files),
    )
    return ImagePlan(dockerfile.base, render_dockerfile(dockerfile), repository.relative_to(root), contexts)


def _requirements(source: Source) -> Requirements | None:
    """Return what pip will install; problems name the file by the source that the user knows."""
    try:
        return find_requirements(source.directory)
    except ProjectError as error:
        raise ProjectError(
            *(
                replace(problem, file=f"{source.shown_as}/{problem.file}")
                if isinstance(problem, Problem)
                else problem
                for problem in error.problems
            )
        ) from None


def _environment(inputs: EndpointInputs, limited: Mapping[str, str]) -> Environment:
    """Return the container's variables; the user's override the server's, special ones the general."""
    endpoint = inputs.endpoint
    server = server_environment(endpoint.server, inputs.address, endpoint.port, limited, inputs.source.commit)
    given = (*inputs.environments, inputs.endpoint_settings.environment)
    return container_environment(server, given, inputs.settings.secrets)


def _model_files(inputs: EndpointInputs) -> tuple[list[ModelFile], list[Problem]]:
    """Find the local file for each file that the manifest expects."""
    given = inputs.endpoint_settings.files
    expected = {file.name: file for file in inputs.endpoint.files}
    files: list[ModelFile] = []
    problems = [
        inputs.problem(("files", name), f"the endpoint has no such file; {suggestion(name, expected)}")
        for name in given
        if name not in expected
    ]
    for name, file in expected.items():
        if name not in given:
            problems.append(inputs.problem(("files", name), _missing_file(inputs, file)))
            continue
        path, sha256 = given[name].path, given[name].sha256
        if path is None:
            continue  # a URI, which is refused; see unsupported.py
        local = inputs.root / path
        try:
            files.append(ModelFile(local, file.path, read_digest(local, path, sha256)))
        except ProjectError as error:
            problems.extend(inputs.problem(("files", name), str(problem)) for problem in error.problems)
    return files, problems


def _missing_file(inputs: EndpointInputs, file: File) -> str:
    return (
        f"is missing; {inputs.manifest.file}:{file.line} expects this file at {file.path}; add "
        f"endpoints: {{{inputs.endpoint.name}: {{files: {{{file.name}: {{path: ...}}}}}}}} to the version"
    )


def _probe(inputs: EndpointInputs) -> tuple[Probe | None, list[Problem]]:
    """Return how the server is probed; a path is below the prefix, as every URL of the server is."""
    chosen = inputs.endpoint_settings.probe
    if chosen.path is not None:
        return Probe("http", inputs.address.prefix + chosen.path, chosen.startup_seconds), []
    if chosen.kind in ("tcp", "listening"):
        return Probe(chosen.kind, None, chosen.startup_seconds), []
    if chosen.kind == "http" and isinstance(inputs.endpoint.server, ServerCommand):
        text = "is missing; kind: http of a server-command needs the path that it answers, such as /health"
        return None, [inputs.problem(("probe", "path"), text)]
    return default_probe(inputs.endpoint.server, chosen.startup_seconds), []
