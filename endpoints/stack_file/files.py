"""Stack files on disk, read without Pulumi: nothing is decrypted."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from endpoints.errors import Problem, ProjectError
from endpoints.yaml_document import YamlDocument, construct, dotted, faults

STACK_DIRECTORY = "stacks"
"""`stackConfigDir` of Pulumi.yaml."""

ENCRYPTED = "[encrypted]"
"""Stands for a value that only Pulumi can decrypt."""

_PREFIX, _SUFFIX = "Pulumi.", ".yaml"


def stack_file(root: Path, stack: str) -> Path:
    """Return the file that holds the stack's configuration; `root` is the directory of Pulumi.yaml."""
    return root / STACK_DIRECTORY / f"{_PREFIX}{stack}{_SUFFIX}"


def stack_files(root: Path) -> list[Path]:
    """Return the files of all stacks in the order of their names."""
    return sorted((root / STACK_DIRECTORY).glob(f"{_PREFIX}*{_SUFFIX}"))


def stack_name(file: Path) -> str:
    """Return the name of the stack that a file belongs to."""
    return file.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)


def project_root(path: Path) -> Path:
    """Return the nearest directory around `path` that holds Pulumi.yaml; raises ProjectError if none does."""
    for directory in path.absolute().parents:
        if (directory / "Pulumi.yaml").is_file():
            return directory
    text = "is not in a Pulumi project; a stack file belongs in stacks/ beside Pulumi.yaml"
    raise ProjectError(Problem(str(path), None, "", text))


def project_name(root: Path) -> str:
    """Return the name in Pulumi.yaml, which every key of a stack file begins with."""
    document = YamlDocument.read(root / "Pulumi.yaml", "Pulumi.yaml")
    node = document.node(("name",))
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise ProjectError(Problem("Pulumi.yaml", 1, "name", "is missing; add it"))
    return str(node.value)


def read_values(file: Path, namespace: str) -> dict[str, object]:
    """Return the values of a stack file as Pulumi would hand them over, by key without the namespace.

    Encrypted values are `ENCRYPTED`. Raises ProjectError for what Pulumi would refuse or ignore: a missing
    configuration, keys with a missing or misspelt namespace, and YAML's traps.
    """
    document = YamlDocument.read(file, str(Path(file.parent.name, file.name)))
    config = document.node(("config",))
    if not isinstance(config, yaml.MappingNode):
        text = "is missing or not a mapping; it must hold the settings: config: {endpoints:organization: ...}"
        raise ProjectError(Problem(document.file, document.line(("config",)), "config", text))
    problems = [
        *(Problem(document.file, fault.line, dotted(fault.path), fault.text) for fault in faults(config)),
        *(_another_project(document, config, namespace) or _wrong_namespaces(document, config, namespace)),
    ]
    if problems:
        raise ProjectError(*problems)
    values = construct(config)
    assert isinstance(values, dict)  # a mapping without faults
    prefix = f"{namespace}:"
    own = {
        key.removeprefix(prefix): _handed_over(value)
        for key, value in values.items()
        if key.startswith(prefix)
    }
    if own.get("secrets") == ENCRYPTED:
        own["secrets"] = dict.fromkeys(_names_of_secrets(own), ENCRYPTED)
    return own


def from_pulumi(value: str) -> object:
    """Return a value of the configuration as the file has it: Pulumi hands lists and mappings over as JSON.

    A string that holds JSON is therefore the same as the list or mapping, which `pulumi new` relies on: the
    answers to its questions are strings.
    """
    if value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _handed_over(value: object) -> object:
    """Pulumi hands over lists and mappings as they are, and everything else as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return from_pulumi(value)
    return str(value) if isinstance(value, int | float) else _without_ciphertexts(value)


def _without_ciphertexts(value: object) -> object:
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return ENCRYPTED
        return {key: _without_ciphertexts(inner) for key, inner in value.items()}
    return [_without_ciphertexts(inner) for inner in value] if isinstance(value, list) else value


def _names_of_secrets(value: object) -> Iterator[str]:
    """Find the names that `{secret: NAME}` refers to: what `secrets` holds if it is encrypted as a whole."""
    if isinstance(value, dict):
        if value.keys() == {"secret"} and isinstance(value["secret"], str):
            yield value["secret"]
        for inner in value.values():
            yield from _names_of_secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_of_secrets(inner)


def _wrong_namespaces(document: YamlDocument, config: yaml.MappingNode, namespace: str) -> Iterator[Problem]:
    for key, _ in config.value:
        if not isinstance(key, yaml.ScalarNode):
            continue  # a fault, which is reported
        found, colon, rest = key.value.partition(":")
        near = found != namespace and difflib.get_close_matches(found, [namespace], cutoff=0.8)
        if not colon or near:
            text = f"has no known namespace; write {namespace}:{rest if colon else found}"
            yield Problem(document.file, key.start_mark.line + 1, key.value, text)


def _another_project(document: YamlDocument, config: yaml.MappingNode, namespace: str) -> list[Problem]:
    """Find the settings of a file that was written for a Pulumi project of another name."""
    keys = [key for key, _ in config.value if isinstance(key, yaml.ScalarNode)]
    namespaces = {key.value.rpartition(":")[0] for key in keys}
    first = next((key for key in keys if key.value.endswith((":organization", ":deployments"))), None)
    if namespace in namespaces or first is None:
        return []
    other, _, rest = first.value.rpartition(":")
    text = (
        f"begins with {other}, but Pulumi.yaml names this project {namespace}; "
        f"write {namespace}:{rest}, and change all other keys in the same way"
    )
    return [Problem(document.file, first.start_mark.line + 1, first.value, text)]
