"""Finds the model files that an endpoint expects."""

from endpoints.errors import Problem, ProjectError
from endpoints.manifest import File
from endpoints.plan.inputs import EndpointInputs
from endpoints.source import ModelFile, read_digest
from endpoints.wording import suggestion


def model_files(inputs: EndpointInputs) -> tuple[list[ModelFile], list[Problem]]:
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
