"""Stack files from text, as Pulumi would hand their settings to a program."""

from collections.abc import Mapping
from pathlib import Path

import yaml


def written(text: str, directory: Path, project: str) -> tuple[Mapping[str, object], Path]:
    """Write a stack file, and return its plain values and where it is.

    `{secure: TEXT}` stands for the encrypted TEXT, and arrives without it.
    """
    path = directory / "stacks/Pulumi.test.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    return {key.removeprefix(f"{project}:"): _decrypted(value) for key, value in config.items()}, path


def _decrypted(value: object) -> object:
    if isinstance(value, dict) and value.keys() == {"secure"}:
        return value["secure"]
    if isinstance(value, dict):
        return {key: _decrypted(item) for key, item in value.items()}
    return [_decrypted(item) for item in value] if isinstance(value, list) else value
