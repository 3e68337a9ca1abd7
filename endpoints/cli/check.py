"""`check`: validates stack files as a preview would, for editors, pre-commit and CI."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from endpoints.cli import FOUND
from endpoints.errors import Problem, ProjectError
from endpoints.plan import StackPlan, plan_stack
from endpoints.stack_file import EmbeddedCluster, RoutingKind, Settings, load_settings
from endpoints.stack_file.files import STACK_DIRECTORY, project_name, project_root, read_values, stack_files
from endpoints.wording import counted


@dataclass(frozen=True)
class Validation:
    """What was found in one stack file; `problems` prevent a deployment, `advice` does not.

    `root` is the directory of Pulumi.yaml, to which the files in problems are relative. `summary` counts what
    the stack would deploy; it is empty where there are problems or the sources were not looked at.
    """

    file: Path
    root: Path
    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    summary: str = ""


def validate(file: Path, *, settings_only: bool = False) -> Validation:
    """Check a stack file, and unless `settings_only` the sources, manifests and model files of its versions.

    Sources that are git URLs are cloned below .endpoints the first time, as a preview does.
    """
    root = file.absolute().parent
    try:
        root = project_root(file)
        namespace = project_name(root)
        settings = load_settings(read_values(file, namespace), file, namespace)
        if settings_only:
            return Validation(file, root)
        plan = plan_stack(settings, root, _routing(settings))
    except ProjectError as error:
        problems = (
            problem if isinstance(problem, Problem) else Problem(str(file), None, "", problem)
            for problem in error.problems
        )
        return Validation(file, root, tuple(problems))
    return Validation(file, root, advice=plan.advice, summary=_summary(plan))


def _routing(settings: Settings) -> RoutingKind:
    if settings.routing is not None:
        return settings.routing.kind
    # What a managed cluster routes by is known to a preview alone; a Gateway can do all that may be asked.
    return "ingress" if isinstance(settings.cluster, EmbeddedCluster) else "gateway"


def _summary(plan: StackPlan) -> str:
    versions = [version for deployment in plan.deployments for version in deployment.versions]
    endpoints = sum(len(version.endpoints) for version in versions)
    counts = (
        (len(plan.deployments), "deployment"),
        (len(versions), "version"),
        (endpoints, "endpoint"),
    )
    return ", ".join(counted(count, word) for count, word in counts)


def as_text(validations: Sequence[Validation]) -> str:
    """Return a line for each problem and each piece of advice, and one for each file without problems."""
    lines = []
    for validation in validations:
        lines += [str(problem) for problem in validation.problems]
        lines += [f"{advice} (advice)" for advice in validation.advice]
        if not validation.problems:
            lines.append(f"{validation.file}: valid{validation.summary and f' ({validation.summary})'}")
    return "".join(f"{line}\n" for line in lines)


def as_json(validations: Sequence[Validation]) -> str:
    """Return `{files: [{file, valid, problems: [{file, line, key, text}], advice: [...]}]}`."""
    files = [
        {
            "file": str(validation.file),
            "valid": not validation.problems,
            "problems": [vars(problem) for problem in validation.problems],
            "advice": [vars(advice) for advice in validation.advice],
        }
        for validation in validations
    ]
    return json.dumps({"files": files}, indent=2, ensure_ascii=False) + "\n"


def as_github(validations: Sequence[Validation]) -> str:
    """Return workflow commands, which GitHub shows at the lines that they are about.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "".join(f"{line}\n" for validation in validations for line in _annotations(validation))


FORMATS: Mapping[str, Callable[[Sequence[Validation]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}
"""The values of `--format`."""


def _annotations(validation: Validation) -> Iterator[str]:
    for level, found in (("error", validation.problems), ("warning", validation.advice)):
        for problem in found:
            file, line, text = _place(validation, problem)
            properties = {"file": file, "line": str(line) if line else "", "title": problem.key}
            given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
            yield f"::{level} {given}::{_escaped(text)}"


def _place(validation: Validation, problem: Problem) -> tuple[str, int | None, str]:
    """Return file, line and text; a file that is not in the working directory is told in the text."""
    here = Path.cwd().resolve()
    path = (validation.root / problem.file).resolve()
    if path.is_file() and path.is_relative_to(here):
        return str(path.relative_to(here)), problem.line, problem.text
    return str(validation.file), None, str(problem)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="STACK_FILE", help="default: all of stacks/Pulumi.*.yaml"
    )
    parser.add_argument(
        "--format",
        choices=sorted(FORMATS),
        default="text",
        help="text: for people, json: for programs, github: annotations of a workflow (default: text)",
    )
    parser.add_argument(
        "--settings-only",
        action="store_true",
        help="check only the stack files, not the sources, valohai.yaml and model files",
    )


def run(options: argparse.Namespace) -> int:
    """Check every file and print what was found; advice alone is no failure."""
    files = options.files or stack_files(Path())
    if not files:
        raise ProjectError(
            f"{STACK_DIRECTORY}: contains no stack file; name one, or run this in the directory of "
            "Pulumi.yaml"
        )
    validations = [validate(file, settings_only=options.settings_only) for file in files]
    print(FORMATS[options.format](validations), end="")
    return FOUND if any(validation.problems for validation in validations) else 0
