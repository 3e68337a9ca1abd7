"""Decides how an endpoint's image is built."""

from collections.abc import Sequence
from dataclasses import replace

from endpoints.dockerfile import FILES_CONTEXT, SERVING_CONTEXT, Dockerfile, render_dockerfile
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import Wsgi
from endpoints.plan.inputs import EndpointInputs
from endpoints.plan.models import ImagePlan
from endpoints.requirements import Requirements, find_requirements
from endpoints.source import ModelFile, Source, stage_files


def plan_image(inputs: EndpointInputs, files: Sequence[ModelFile]) -> ImagePlan:
    """Return what the image is built from; the model files are copied to where BuildKit takes them from."""
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
