"""`new-stack` writes a file that is valid at once, and never over another."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoints.stack_file.new import NewStack, render, schema_reference
from endpoints.stack_file.schema import SCHEMA_FILE
from tests.unit.cli.conftest import Ran

Run = Callable[..., Ran]

FLAGS = (
    "--team=fraud",
    "--environment=prod",
    "--organization=acme",
    "--project=shapes",
    "--version=20261101.0",
    "--source=shapes",
)
EMBEDDED = ("--cluster=embedded", *FLAGS)
USER = ("--cluster=user", "--context=prod", "--repository=registry.acme.example/ml", *FLAGS)


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Sit somebody at the terminal, who gives these answers; returns the questions as they come."""

    def sit(*given: str) -> list[str]:
        remaining: Iterator[str] = iter(given)
        asked: list[str] = []

        def answer(question: str) -> str:
            asked.append(question)
            try:
                return next(remaining)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.setattr("builtins.input", answer)
        return asked

    return sit


@pytest.fixture
def empty(program: Path) -> Path:
    """A program whose manifest's endpoints need no model file, so that all of them can be deployed."""
    manifest = program / "shapes/valohai.yaml"
    items = yaml.safe_load(manifest.read_text())
    for item in items:
        item.get("endpoint", {}).pop("files", None)
    manifest.write_text(yaml.safe_dump(items))
    return program


@pytest.mark.parametrize(
    "flags",
    [
        EMBEDDED,
        (*EMBEDDED, "--commit=1a2b3c4"),
        USER,
        (*USER, "--host=models.acme.example", "--tls-secret=models-tls", "--ingress-class=traefik"),
        (*USER, "--gateway=routing/shared", "--host=models.acme.example"),
        (*EMBEDDED, "--yaml=serving/valohai.yaml"),
        ("--cluster=managed", "--managed-stack=organization/managed/prod", *FLAGS),
    ],
    ids=["embedded", "commit", "user", "tls", "gateway", "yaml", "managed"],
)
def test_the_file_is_valid_and_says_what_was_answered(empty: Path, run: Run, flags: tuple[str, ...]) -> None:
    run("new-stack", *flags)
    file = empty / "stacks/Pulumi.fraud-prod.yaml"
    assert run("check", "--settings-only", str(file)).code == 0
    config = yaml.safe_load(file.read_text())["config"]
    (deployment,) = config["endpoints:deployments"]
    assert deployment["aliases"] == {"latest": "20261101.0"}
    assert deployment["name"] == "production"
    assert config["endpoints:cluster"]["kind"] == flags[0].removeprefix("--cluster=")


def test_each_project_of_one_repository_gets_its_own_stack(program: Path, run: Run) -> None:
    for name in ("chat", "vision"):
        (program / "mono/services" / name).mkdir(parents=True)
        (program / "mono/services" / name / "valohai.yaml").write_text(
            f"- endpoint: {{name: {name}, image: 'python:3.11-slim', wsgi: services.{name}.main}}\n"
        )
    flags = ("--cluster=embedded", "--environment=dev", "--organization=acme", "--source=mono")
    for name in ("chat", "vision"):
        manifest = f"services/{name}/valohai.yaml"
        ran = run("new-stack", *flags, f"--team={name}", f"--project={name}", f"--yaml={manifest}")
        assert ran.output.startswith(
            f"stacks/Pulumi.{name}-dev.yaml was written (1 deployment, 1 version, 1 endpoint)"
        ), ran.errors
        config = yaml.safe_load((program / f"stacks/Pulumi.{name}-dev.yaml").read_text())["config"]
        (deployment,) = config["endpoints:deployments"]
        assert (deployment["source"], deployment["yaml"]) == ("mono", manifest)


def test_a_project_that_stands_in_a_sub_directory_is_told_with_its_place(program: Path, run: Run) -> None:
    (program / "shapes/serving").mkdir()
    (program / "shapes/valohai.yaml").rename(program / "shapes/serving/valohai.yaml")
    ran = run("new-stack", *EMBEDDED)
    assert (
        "set the deployment's yaml to an existing file: serving/valohai.yaml; or set source to"
    ) in ran.errors
    assert "stacks/Pulumi.fraud-prod.yaml was written but has errors" in ran.errors


def test_what_is_next_is_said(empty: Path, run: Run) -> None:
    ran = run("new-stack", *EMBEDDED)
    assert ran.code == 0
    assert ran.output == (
        "stacks/Pulumi.fraud-prod.yaml was written (1 deployment, 1 version, 2 endpoints). Next:\n"
        "    pulumi stack init fraud-prod\n"
        "    pulumi preview --stack fraud-prod\n"
    )
    assert empty.is_dir()


def test_a_file_that_exists_is_never_overwritten(empty: Path, run: Run) -> None:
    run("new-stack", *EMBEDDED)
    file = empty / "stacks/Pulumi.fraud-prod.yaml"
    file.write_text("mine\n")
    ran = run("new-stack", *EMBEDDED)
    assert ran.code == 1
    assert "stacks/Pulumi.fraud-prod.yaml: exists already" in ran.errors
    assert file.read_text() == "mine\n"


@pytest.mark.usefixtures("empty")
def test_without_a_terminal_what_is_missing_is_named_and_nothing_is_written(run: Run, empty: Path) -> None:
    ran = run("new-stack", "--cluster=user", "--team=fraud")
    assert ran.code == 1
    assert "missing: --environment, --organization, --project, --source, --context, --repository" in (
        ran.errors
    )
    assert [file.name for file in (empty / "stacks").iterdir()] == ["Pulumi.test.yaml"]


@pytest.mark.usefixtures("empty")
def test_a_flag_of_another_kind_of_cluster_is_refused(run: Run) -> None:
    ran = run("new-stack", *EMBEDDED, "--context=prod")
    assert (ran.code, ran.errors) == (
        1,
        "--context: is not used with --cluster embedded; remove it\n",
    )


def test_on_a_terminal_what_no_flag_says_is_asked(
    empty: Path, run: Run, answers: Callable[..., list[str]]
) -> None:
    asked = answers("embedded", "", "staging", "acme", "shapes", "", "20261102.0", "shapes", "", "")
    ran = run("new-stack", "--team=fraud")
    assert ran.code == 0, ran.errors
    # An empty answer to a question without a default is no answer: it is asked again.
    assert [question.partition(",")[0] for question in asked][:3] == [
        "The cluster: user",
        "The environment",
        "The environment",
    ]
    assert (empty / "stacks/Pulumi.fraud-staging.yaml").is_file()


def test_the_end_of_the_input_is_no_answer(empty: Path, run: Run, answers: Callable[..., list[str]]) -> None:
    answers("embedded")
    ran = run("new-stack")
    assert (ran.code, ran.errors) == (1, "no answer; nothing was written\n")
    assert not (empty / "stacks/Pulumi.fraud-prod.yaml").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((*EMBEDDED, "--yaml=../valohai.yaml"), '--yaml: found "../valohai.yaml"; allowed: a path inside'),
        ((*EMBEDDED, "--commit=main"), '--commit: found "main"; allowed:'),
        ((*EMBEDDED, "--version=2026/11"), "--version: found"),
        ((*EMBEDDED, "--organization=acme corp"), "--organization: found"),
        ((*EMBEDDED, "--source=https://ada:secret@git.example/x.git"), "--source: "),
        ((*USER, "--repository=https://registry.acme.example/ml"), "--repository: "),
        ((*USER, "--host=http://models.acme.example"), "--host: "),
        ((*USER, "--tls-secret=models-tls"), "routing: tls needs host"),
        ((*USER, "--gateway=shared"), "--gateway: "),
    ],
)
def test_flags_that_would_make_an_invalid_file_are_named_and_nothing_is_written(
    empty: Path, run: Run, flags: tuple[str, ...], told: str
) -> None:
    ran = run("new-stack", *flags)
    assert ran.code == 1
    assert ran.errors.startswith(told), ran.errors
    assert ran.errors.endswith("nothing was written\n")
    assert "secret@" not in ran.errors
    assert [file.name for file in (empty / "stacks").iterdir()] == ["Pulumi.test.yaml"]


def test_an_answer_that_would_make_an_invalid_file_is_told_and_nothing_is_written(
    empty: Path, run: Run, answers: Callable[..., list[str]]
) -> None:
    answers("", "main")
    ran = run("new-stack", *EMBEDDED, "--deployment=production")
    assert ran.errors.startswith('commit: found "main"; allowed:')
    assert not (empty / "stacks/Pulumi.fraud-prod.yaml").exists()


def test_keys_begin_with_the_name_of_the_pulumi_project(empty: Path, run: Run) -> None:
    (empty / "Pulumi.yaml").write_text("name: models\nruntime: python\nstackConfigDir: stacks\n")
    assert run("new-stack", *EMBEDDED).code == 0
    config = yaml.safe_load((empty / "stacks/Pulumi.fraud-prod.yaml").read_text())["config"]
    assert all(key.startswith("models:") for key in config)


def test_a_file_that_was_written_with_errors_is_said_to_have_them(empty: Path, run: Run) -> None:
    ran = run("new-stack", *EMBEDDED[:-1], "--source=elsewhere")
    assert ran.code == 1
    assert "elsewhere: there is no such directory" in ran.errors
    assert "stacks/Pulumi.fraud-prod.yaml was written but has errors" in ran.errors
    assert empty.is_dir()


@pytest.mark.usefixtures("empty")
def test_a_team_that_cannot_be_part_of_a_stacks_name_is_refused(run: Run) -> None:
    ran = run("new-stack", "--team=../fraud", *EMBEDDED[:1], *EMBEDDED[2:])
    assert ran.code == 1
    assert "allowed: letters, digits, dots, dashes and underscores" in ran.errors


@given(text=st.text(min_size=1).filter(str.isprintable))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_answered_is_read_as_that_text(text: str) -> None:
    answers = NewStack("t", "e", text, "p", "d", "v", text)
    config = yaml.safe_load(render(answers, "endpoints"))["config"]
    assert config["endpoints:organization"] == text
    assert config["endpoints:deployments"][0]["source"] == text


def test_the_schema_of_this_repository_is_named() -> None:
    named = schema_reference(Path(__file__).parents[3])
    assert named is not None
    assert (Path(__file__).parents[3] / "stacks" / named).resolve() == SCHEMA_FILE

    answers = NewStack("t", "e", "o", "p", "d", "v", "s")
    assert render(answers, "endpoints", named).startswith(f"# yaml-language-server: $schema={named}\n")
    assert "$schema" not in render(answers, "endpoints")


def test_a_project_that_has_a_copy_of_the_schema_gets_it_named_and_no_other(empty: Path, run: Run) -> None:
    assert schema_reference(empty) is None

    (empty / "docs").mkdir()
    (empty / "docs/stack.schema.json").write_text(run("schema").output)
    assert run("new-stack", *EMBEDDED).code == 0
    text = (empty / "stacks/Pulumi.fraud-prod.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../docs/stack.schema.json\n")


def written(program: Path) -> dict[str, Any]:
    config = yaml.safe_load((program / "stacks/Pulumi.fraud-prod.yaml").read_text())["config"]
    (deployment,) = config["endpoints:deployments"]
    (version,) = deployment["versions"]
    assert isinstance(version, dict)
    return version


def test_the_file_has_the_endpoints_of_the_project_with_the_files_that_lie_in_it(
    program: Path, run: Run
) -> None:
    (program / "shapes/trained").mkdir()
    (program / "shapes/trained/model.npz").write_bytes(b"weights")
    ran = run("new-stack", *EMBEDDED)
    assert ran.code == 0, ran.errors
    assert written(program)["endpoints"] == {
        "predict": {"files": {"model": {"path": "shapes/trained/model.npz"}}},
        "greet": None,
    }


def test_a_file_that_lies_nowhere_is_told_with_where_it_belongs(program: Path, run: Run) -> None:
    ran = run("new-stack", *EMBEDDED)
    assert ran.code == 1
    assert "there is no such file" in ran.errors
    text = (program / "stacks/Pulumi.fraud-prod.yaml").read_text()
    assert "in the image; it is not on this machine: write its path, or {uri: s3://BUCKET/KEY}" in text


def test_on_a_terminal_where_a_file_is_can_be_answered(
    program: Path, run: Run, answers: Callable[..., list[str]]
) -> None:
    (program / "elsewhere.npz").write_bytes(b"weights")
    asked = answers("", "", "elsewhere.npz")
    ran = run("new-stack", *EMBEDDED, "--deployment=production")
    assert ran.code == 0, ran.errors
    assert asked[-1].startswith("The file model of predict")
    assert written(program)["endpoints"]["predict"] == {"files": {"model": {"path": "elsewhere.npz"}}}


def test_the_version_is_the_next_free_one_of_the_deployment(empty: Path, run: Run) -> None:
    flags = [flag for flag in EMBEDDED if not flag.startswith(("--version", "--environment"))]
    assert run("new-stack", *flags, "--environment=dev").code == 0
    first = yaml.safe_load((empty / "stacks/Pulumi.fraud-dev.yaml").read_text())["config"]
    name = first["endpoints:deployments"][0]["versions"][0]["name"]
    assert run("new-stack", *flags, "--environment=prod").code == 0
    day, number = name.split(".")
    assert written(empty)["name"] in (f"{day}.{int(number) + 1}", f"{int(day) + 1}.0")
