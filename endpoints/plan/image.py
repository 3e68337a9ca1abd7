"""Decides how an endpoint's image is built, or which ready one runs in its place."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from endpoints.errors import Problem, ProjectError
from endpoints.image.dockerfile import (
    FILES_CONTEXT,
    REPOSITORY_CONTEXT,
    REPOSITORY_DIRECTORY,
    REQUIREMENTS_CONTEXT,
    SERVING_CONTEXT,
    STORED_FILE_CONTEXT,
    Dockerfile,
    Download,
    StoredFile,
    render_dockerfile,
    requirement_files,
)
from endpoints.image.exported_requirements import ExportedRequirements, export_requirements, is_exported
from endpoints.image.requirements import CANDIDATES, Requirements, find_requirements
from endpoints.manifest import File, ServerCommand, Wsgi
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.models import DockerImagePlan, ImagePlan, ReadyImage
from endpoints.source import (
    ModelFile,
    StoreAccess,
    StoredObject,
    content_digest,
    find_stored_object,
    read_digest,
    stage_files,
    stage_single_context,
    stage_texts,
)
from endpoints.source.git import is_git_url
from endpoints.source.model_files import find_model_file
from endpoints.stack_file import BuildkitBuilder, DockerBuilder, FileSettings, NoBuilder
from endpoints.stack_file.images import WEB_SCHEMES
from endpoints.stack_file.oidc import OidcAccess
from endpoints.stack_file.packages import PackageSettings
from endpoints.stack_file.values import fields_by_key
from endpoints.wording import suggestion


@dataclass
class ModelFiles:
    """An endpoint's model files by where they come from: this machine, the web, object stores."""

    local: list[ModelFile] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)
    stored: list[tuple[File, StoredObject]] = field(default_factory=list)


def find_model_files(inputs: EndpointInputs) -> tuple[ModelFiles, list[Problem]]:
    """Find each file that the manifest expects; local ones are read, others as `inputs.access` allows."""
    given = inputs.endpoint_settings.files
    expected = {file.name: file for file in inputs.endpoint.files}
    files = ModelFiles()
    problems = [
        inputs.problem(("files", name), f"the endpoint has no such file; {suggestion(name, expected)}")
        for name in given
        if name not in expected
    ]
    for name, file in expected.items():
        if name not in given:
            problems.append(inputs.problem(("files", name), _missing_file(inputs, file)))
            continue
        try:
            _add(files, file, given[name], inputs)
        except ProjectError as error:
            problems.extend(inputs.problem(("files", name), str(problem)) for problem in error.problems)
    return files, problems


def _add(files: ModelFiles, file: File, chosen: FileSettings, inputs: EndpointInputs) -> None:
    if chosen.path is not None:
        local = inputs.root / chosen.path
        files.local.append(ModelFile(local, file.path, read_digest(local, chosen.path, chosen.sha256)))
    elif chosen.uri is not None and chosen.uri.startswith(tuple(f"{scheme}://" for scheme in WEB_SCHEMES)):
        files.downloads.append(Download(file.name, file.path, chosen.uri, chosen.sha256))
    elif chosen.uri is not None:
        found = find_stored_object(chosen.uri, chosen.sha256, inputs.access)
        if inputs.access is StoreAccess.CONTENT:
            found.fetch(inputs.root)
        files.stored.append((file, found))


def _missing_file(inputs: EndpointInputs, file: File) -> str:
    # In a version `endpoints` chooses what is deployed: one without it would lose the other endpoints.
    place = "version" if inputs.layers.is_named else "deployment"
    path = _offered_path(inputs, file)
    offered = "" if path is None else f" ({path} is there)"
    return (
        f"is missing; {inputs.manifest.file}:{file.line} expects this file at {file.path}{offered}; add "
        f"endpoints: {{{inputs.endpoint.name}: {{files: {{{file.name}: {{path: {path or '...'}}}}}}}}} to "
        f"the {place}"
    )


def _offered_path(inputs: EndpointInputs, file: File) -> str | None:
    """Return where the project's directory has the file, relative to Pulumi.yaml's; None if it does not."""
    location = inputs.layers.deployment.source
    found = None if is_git_url(location) else find_model_file(inputs.root / location, file.path)
    return None if found is None else PurePosixPath(location, found).as_posix()


_SERVER_COMMAND = "server-command.sh"


def ready_image(inputs: EndpointInputs) -> ReadyImage | None:
    """Return the image that the endpoint runs without building one, or None."""
    if inputs.endpoint_settings.image is not None:
        return ReadyImage(inputs.endpoint_settings.image)
    return ReadyImage(inputs.endpoint.image) if isinstance(inputs.settings.builder, NoBuilder) else None


def unusable_with_a_ready_image(inputs: EndpointInputs) -> Iterator[Problem]:
    """Find settings that only an image that is built can carry out."""
    text = "cannot be added to a ready image; remove it, or remove the endpoint's image so that one is built"
    for name in inputs.endpoint_settings.files:
        yield inputs.problem(("files", name), text)
    nothing_is_built = isinstance(inputs.settings.builder, NoBuilder)
    for key in fields_by_key(PackageSettings):
        if inputs.layers.sets((key,)) if nothing_is_built else inputs.layers.is_own((key,)):
            yield inputs.problem(
                (key,), "has no effect on a ready image; remove it, or let an image be built"
            )
    if inputs.endpoint_settings.probe.kind == "listening" and isinstance(
        inputs.endpoint.server, ServerCommand
    ):
        text = (
            "found listening, which needs a script that a ready image does not contain; allowed: tcp or http"
        )
        yield inputs.problem(("probe", "kind"), text)


def unusable_packages(
    inputs: EndpointInputs, requirements: Requirements | ExportedRequirements | None
) -> Iterator[Problem]:
    """Find settings of packages that cannot be carried out when the image is built."""
    chosen = inputs.endpoint_settings
    if chosen.build_secrets and isinstance(inputs.settings.builder, DockerBuilder):
        text = "needs the builder kind buildkit; docker has no build secrets; remove it, or choose buildkit"
        yield inputs.problem(("buildSecrets",), text)
    if requirements is None:
        for key in ("buildPackages", "buildSecrets"):
            if inputs.layers.is_own((key,)):
                text = (
                    "is only for the installation of requirements, and the project has none; remove it, or "
                    f"add {' or '.join(CANDIDATES)}"
                )
                yield inputs.problem((key,), text)


def command_script(inputs: EndpointInputs) -> str:
    """Return the script that runs a `server-command`, for images that do not hold it."""
    return (inputs.serving / _SERVER_COMMAND).read_text(encoding="utf-8")


def plan_image(inputs: EndpointInputs, files: ModelFiles) -> ImagePlan | DockerImagePlan:
    """Return what the image is built from; local model files are copied to where it is built."""
    builder, chosen = inputs.settings.builder, inputs.endpoint_settings
    by_docker = isinstance(builder, DockerBuilder)
    attested = isinstance(builder, BuildkitBuilder) and builder.attestations is not None
    if by_docker and files.stored:
        raise ProjectError(*(_unfetched(inputs, file.name) for file, _ in files.stored))
    requirements = _requirements(inputs)
    if problems := list(unusable_packages(inputs, requirements)):
        raise ProjectError(*problems)
    root = inputs.root
    parts = {REPOSITORY_CONTEXT: inputs.source.directory, SERVING_CONTEXT: inputs.serving}
    if isinstance(requirements, ExportedRequirements):
        parts[REQUIREMENTS_CONTEXT] = stage_texts(requirement_files(requirements), "requirements", root)
    if files.local:
        parts[FILES_CONTEXT] = stage_files(files.local, root)
    stored = {
        StoredFile(f"{STORED_FILE_CONTEXT}-{number}", file.path): found.layout(root)
        for number, (file, found) in enumerate(files.stored)
    }
    dockerfile = Dockerfile(
        base=inputs.endpoint.image,
        wsgi=isinstance(inputs.endpoint.server, Wsgi),
        server=chosen.server,
        requirements=requirements,
        files=bool(files.local),
        single_context=by_docker,
        downloads=tuple(files.downloads),
        stored=tuple(stored),
        system_packages=chosen.system_packages,
        build_packages=chosen.build_packages,
        build_secrets=tuple(sorted(chosen.build_secrets)),
        ssh=isinstance(builder, BuildkitBuilder) and builder.ssh is not None,
        tokens=isinstance(chosen.access, OidcAccess),
    )
    text = render_dockerfile(dockerfile)
    if by_docker:
        context = stage_single_context(parts, REPOSITORY_CONTEXT, text, root)
        return DockerImagePlan(dockerfile.base, context.relative_to(root), dockerfile.downloads)
    repository = parts.pop(REPOSITORY_CONTEXT).relative_to(root)
    contexts = {name: path.relative_to(root).as_posix() for name, path in parts.items()}
    for file, layout in stored.items():
        contexts[file.context] = f"oci-layout://{layout.relative_to(root).as_posix()}"
    content = content_digest(inputs.source.directory) if attested else None
    return ImagePlan(
        dockerfile.base,
        text,
        repository,
        contexts,
        dockerfile.downloads,
        content,
        # A secret that does not exist is told by the plan.
        {
            name: inputs.settings.secrets[reference.name]
            for name, reference in chosen.build_secrets.items()
            if reference.name in inputs.settings.secrets
        },
    )


def _unfetched(inputs: EndpointInputs, name: str) -> Problem:
    text = "is in an object store, which the builder kind docker does not support; use a path or https"
    return inputs.problem(("files", name, "uri"), text)


def _requirements(inputs: EndpointInputs) -> Requirements | ExportedRequirements | None:
    """Return what pip will install; problems name the file by the source that the user knows."""
    source, builder = inputs.source, inputs.settings.builder
    chosen = inputs.endpoint_settings.requirements
    if chosen is not None:
        chosen = PurePosixPath(chosen).as_posix()
        shown = f"{source.shown_as}/{chosen}"
        if not (source.directory / chosen).is_file():
            text = (
                f"{shown} is not among the files of the source; correct the path, which begins at its root; "
                "files that .gitignore or .dockerignore exclude do not count"
            )
            raise ProjectError(inputs.problem(("requirements",), text))
        if is_exported(chosen):
            has_index = isinstance(builder, BuildkitBuilder) and builder.index is not None
            try:
                return export_requirements(source.directory, chosen, REPOSITORY_DIRECTORY, not has_index)
            except ProjectError as error:
                raise ProjectError(inputs.problem(("requirements",), f"{shown} {error}")) from None
    try:
        return find_requirements(source.directory, chosen)
    except ProjectError as error:
        raise ProjectError(
            *(
                replace(problem, file=f"{source.shown_as}/{problem.file}")
                if isinstance(problem, Problem)
                else problem
                for problem in error.problems
            )
        ) from None
