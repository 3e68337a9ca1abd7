"""Decides how an endpoint's image is built."""

from dataclasses import replace

from endpoints.dockerfile import (
    FILES_CONTEXT,
    SERVING_CONTEXT,
    STORED_FILE_CONTEXT,
    Dockerfile,
    StoredFile,
    render_dockerfile,
)
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import Wsgi
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.model_files import ModelFiles
from endpoints.plan.models import ImagePlan
from endpoints.requirements import Requirements, find_requirements
from endpoints.source import Source, stage_files


def plan_image(inputs: EndpointInputs, files: ModelFiles) -> ImagePlan:
    """Return what the image is built from; local model files are copied to where BuildKit takes them from."""
    root, repository = inputs.root, inputs.source.directory
    contexts = {SERVING_CONTEXT: inputs.serving.relative_to(root).as_posix()}
    if files.local:
        contexts[FILES_CONTEXT] = stage_files(files.local, root).relative_to(root).as_posix()
    stored = [
        StoredFile(f"{STORED_FILE_CONTEXT}-{number}", file.path)
        for number, (file, _) in enumerate(files.stored)
    ]
    for context, (_, found) in zip(stored, files.stored, strict=True):
        contexts[context.context] = f"oci-layout://{found.layout(root).relative_to(root).as_posix()}"
    dockerfile = Dockerfile(
        base=inputs.endpoint.image,
        wsgi=isinstance(inputs.endpoint.server, Wsgi),
        requirements=_requirements(inputs.source),
        files=bool(files.local),
        downloads=tuple(files.downloads),
        stored=tuple(stored),
    )
    return ImagePlan(
        base=dockerfile.base,
        dockerfile=render_dockerfile(dockerfile),
        context=repository.relative_to(root),
        named_contexts=contexts,
        downloads=dockerfile.downloads,
    )


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
