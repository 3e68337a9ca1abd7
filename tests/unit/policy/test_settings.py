"""policies/settings.yaml is read as carefully as a stack file, and says what the defaults are."""

from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.policy import RULES, Level, PolicySettings, load_policy_settings

NAMES = tuple(rule.name for rule in RULES)
BY_NAME = {rule.name: rule for rule in RULES}


def load(directory: Path, text: str) -> PolicySettings:
    file = directory / "settings.yaml"
    file.write_text(text)
    return load_policy_settings(file, NAMES)


def test_the_settings_in_the_repository_are_the_defaults() -> None:
    file = Path(__file__).parents[3] / "policies/settings.yaml"
    assert load_policy_settings(file, NAMES) == PolicySettings()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing yet\n") == PolicySettings()


def test_every_policy_but_access_is_mandatory_unless_told_otherwise(tmp_path: Path) -> None:
    settings = load(tmp_path, "levels: {tls: advisory, replicas: disabled}\n")
    assert settings.level(BY_NAME["tls"]) is Level.ADVISORY
    assert settings.level(BY_NAME["replicas"]) is Level.DISABLED
    assert settings.level(BY_NAME["image-digest"]) is Level.MANDATORY
    assert settings.level(BY_NAME["access"]) is Level.ADVISORY


@pytest.mark.parametrize(
    ("stack", "expected"),
    [("prod", True), ("fraud-prod", True), ("fraud-production", True), ("products", False)],
)
def test_production_stacks_are_known_by_their_names(stack: str, expected: bool) -> None:
    assert PolicySettings().is_production(stack) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "minimumReplica: 3\n",
            r"settings.yaml:1: minimumReplica: unknown key; did you mean minimumReplicas?",
        ),
        (
            "\nlevels: {tsl: advisory}\n",
            "settings.yaml:2: levels.tsl: unknown policy; did you mean tls? known: access, image-digest",
        ),
        ("levels: {tls: maybe}\n", "settings.yaml:1: levels.tls: found"),
        ("- tls\n", "settings.yaml:1: found no mapping"),
        ("limits: [memory]\nlimits: [cpu]\n", "settings.yaml:2: limits: found the key again"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProjectError) as raised:
        load(tmp_path, text)
    assert message in str(raised.value)
