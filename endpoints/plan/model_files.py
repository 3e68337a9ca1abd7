"""Finds the model files that an endpoint expects."""

from dataclasses import dataclass, field

from endpoints.dockerfile import Download
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import File
from endpoints.plan.inputs import EndpointInputs
from endpoints.settings import FileSettings
from endpoints.settings.model_file import WEB_SCHEMES
from endpoints.source import ModelFile, StoreAccess, StoredObject, find_stored_object, read_digest
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
    return (
        f"is missing; {inputs.manifest.file}:{file.line} expects this file at {file.path}; add "
        f"endpoints: {{{inputs.endpoint.name}: {{files: {{{file.name}: {{path: ...}}}}}}}} to the {place}"
    )
