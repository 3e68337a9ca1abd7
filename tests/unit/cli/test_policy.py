"""`policy` checks previews that the engine made."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ran
from tests.unit.report.conftest import NAMES, PREVIEWS, ROOT

Run = Callable[..., Ran]


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], str]:
    """Write policy settings and return the argument that names them."""

    def write(text: str) -> str:
        file = tmp_path / "settings.yaml"
        file.write_text(text)
        return f"--settings={file}"

    return write


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"mistake"}))
def test_what_this_program_declares_meets_every_policy_outside_of_production(run: Run, name: str) -> None:
    file = str(PREVIEWS / f"{name}.json")
    assert run("policy", file) == Ran(0, f"{file}: meets every policy\n", "")


def test_a_preview_that_failed_is_not_judged(run: Run) -> None:
    ran = run("policy", str(PREVIEWS / "mistake.json"))
    assert (ran.code, ran.output) == (1, "")
    assert "is from a failed preview" in ran.errors


def test_in_production_single_pods_and_open_hosts_are_violations_that_fail(
    run: Run, settings: Callable[[str], str]
) -> None:
    file = str(PREVIEWS / "more-replicas.json")
    ran = run("policy", file, settings("production: [trial]\n"))
    lines = ran.output.removesuffix("\n").split("\n")
    assert ran.code == 1
    assert lines[0] == (
        f"{file}: mandatory tls: Ingress reports/shop/production/latest/score answers on any host, "
        "without TLS; set host and tls of endpoints:routing"
    )
    # Of three endpoints one keeps two pods after the change.
    assert sum(" mandatory replicas: HorizontalPodAutoscaler " in line for line in lines) == 2
    assert not any(
        "replicas: HorizontalPodAutoscaler reports/shop/production/20261101.0" in line for line in lines
    )


def test_advisory_violations_are_told_and_do_not_fail(run: Run, settings: Callable[[str], str]) -> None:
    text = "production: [trial]\nlevels: {tls: advisory, replicas: disabled}\n"
    ran = run("policy", str(PREVIEWS / "nothing.json"), settings(text))
    assert ran.code == 0
    assert ": advisory tls: " in ran.output
    assert "replicas" not in ran.output


def test_violations_can_be_read_by_programs(run: Run, settings: Callable[[str], str]) -> None:
    file = str(PREVIEWS / "nothing.json")
    ran = run("policy", "--format=json", file, settings("registries: [registry.acme.example/ml]\n"))
    violations = json.loads(ran.output)[file]
    assert ran.code == 1
    assert {(found["policy"], found["level"], found["kind"]) for found in violations} == {
        ("registries", "mandatory", "Deployment")
    }


def test_what_is_removed_violates_nothing(run: Run, settings: Callable[[str], str]) -> None:
    ran = run("policy", str(PREVIEWS / "destroyed-namespace.json"), settings("production: [trial]\n"))
    assert "reports/shop/production" not in ran.output
    assert "reports/shop/staging" in ran.output
