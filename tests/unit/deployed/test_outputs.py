"""Endpoints are found by as much of their address as tells them apart."""

import json
from pathlib import Path

import pytest

from endpoints.deployed import outputs as pulumi
from endpoints.deployed.outputs import StackOutputs, read_outputs, read_secret, read_secret_outputs
from endpoints.errors import ProjectError

BASE = "http://models.acme.example/"
ENDPOINTS = (
    "acme/digits/production/20261101.0/greet",
    "acme/digits/production/20261101.0/predict-digit",
    "acme/digits/production/20261102.0/predict-digit",
)
ALIASES: dict[str, dict[str, object]] = {
    "acme/digits/production/latest/greet": {"version": "20261101.0"},
    "acme/digits/production/latest/predict-digit": {
        "weights": {"20261101.0": 9, "20261102.0": 1, "20261103.0": 0}
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "outputs.json"
    outputs = {
        "endpoints": {name: {"url": BASE + name} for name in ENDPOINTS},
        "aliases": {name: {"url": BASE + name, **summary} for name, summary in ALIASES.items()},
    }
    path.write_text(json.dumps(outputs))
    return path


@pytest.fixture
def outputs(file: Path) -> StackOutputs:
    return read_outputs("prod", file.parent, file)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("greet", ENDPOINTS[0]),
        ("20261102.0/predict-digit", ENDPOINTS[2]),
        (f"/{ENDPOINTS[1]}", ENDPOINTS[1]),
        ("latest/greet", "acme/digits/production/latest/greet"),
    ],
)
def test_a_name_is_an_address_or_the_end_of_one(outputs: StackOutputs, name: str, address: str) -> None:
    assert outputs.find(name).url == BASE + address


def test_an_alias_leads_to_the_endpoints_that_answer_it(outputs: StackOutputs) -> None:
    assert [target.prefix[1:] for target in outputs.find("latest/greet").targets] == [ENDPOINTS[0]]
    shared = outputs.find("latest/predict-digit").targets
    assert [target.prefix[1:] for target in shared] == [*ENDPOINTS[1:]]


def test_a_name_of_several_endpoints_lists_them(outputs: StackOutputs) -> None:
    with pytest.raises(
        ProjectError, match=f"matches 2 endpoints; give more of the address: {ENDPOINTS[1]}, {ENDPOINTS[2]}"
    ):
        outputs.find("predict-digit")


def test_an_unknown_name_is_told_with_those_that_there_are(outputs: StackOutputs) -> None:
    with pytest.raises(
        ProjectError, match=r"gret: the stack has no endpoint of this name; .*known: acme/digits"
    ):
        outputs.find("gret")


def test_the_end_of_a_name_is_no_name(outputs: StackOutputs) -> None:
    with pytest.raises(ProjectError):
        outputs.find("eet")


@pytest.mark.parametrize("text", ["", "[]", '{"aliases": {}}'])
def test_a_file_without_outputs_is_told_with_the_command_that_makes_one(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ProjectError, match="pulumi stack output --json"):
        read_outputs("prod", file.parent, file)


def test_without_pulumi_a_file_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProjectError, match=r"pulumi is not on PATH.*--outputs FILE"):
        read_outputs("prod", tmp_path, None)


def pulumi_that_says(directory: Path, monkeypatch: pytest.MonkeyPatch, **answers: object) -> None:
    """Put a program in pulumi's place that answers `pulumi stack SUBJECT` by its files."""
    for subject, answer in answers.items():
        (directory / subject).write_text(json.dumps(answer))
    program = directory / "pulumi"
    program.write_text(f'#!/bin/sh\ncat "{directory}/$2"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")


def test_after_a_failed_first_update_the_endpoints_are_those_of_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = "urn:pulumi:prod::endpoints::valohai:index:Deployment$"
    resources = [
        {"urn": f"{parents}valohai:index:Endpoint::{ENDPOINTS[0]}", "type": "valohai:index:Endpoint"},
        {"urn": f"{parents}kubernetes:core/v1:Service::{ENDPOINTS[1]}", "type": "kubernetes:core/v1:Service"},
    ]
    pulumi_that_says(tmp_path, monkeypatch, output={}, export={"deployment": {"resources": resources}})
    outputs = read_outputs("prod", tmp_path, None)
    assert [target.prefix[1:] for target in outputs.find("greet").targets] == [ENDPOINTS[0]]
    assert outputs.find("greet").url is None
    assert set(outputs.endpoints) == {ENDPOINTS[0]}


def test_a_stack_without_anything_says_how_to_deploy_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi_that_says(tmp_path, monkeypatch, output={}, export={"deployment": {"manifest": {}}})
    with pytest.raises(ProjectError, match="prod: nothing is deployed yet; run: pulumi up --stack prod"):
        read_outputs("prod", tmp_path, None)


def test_a_pulumi_that_does_not_answer_is_given_up_with_what_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(pulumi, "LIMIT_SECONDS", 0.2)
    with pytest.raises(ProjectError, match=r"prod: pulumi did not return the outputs within 0\.2 s; check"):
        read_outputs("prod", tmp_path, None)
    with pytest.raises(ProjectError, match=r"pulumi did not return the secret cluster within 0\.2 s"):
        read_secret("prod", tmp_path, "endpoints", "cluster")


def test_a_managing_stack_cannot_be_asked_without_pulumi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ProjectError, match=("managing: pulumi is needed to read the outputs, but is not on PATH")
    ):
        read_secret_outputs("managing", tmp_path)
