"""`new-stack`: writes a stack file from flags, and from answers on a terminal."""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from endpoints.cli import FOUND
from endpoints.cli.check import validate
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import File
from endpoints.plan.stack import load_project
from endpoints.source.git import is_git_url
from endpoints.source.model_files import find_model_file
from endpoints.source.store import STORE_DIRECTORY
from endpoints.stack_file.files import project_name, project_root, read_values, stack_file, stack_files
from endpoints.stack_file.load import load_settings, next_version_name
from endpoints.stack_file.new import Endpoints, ModelFile, NewStack, answer_behind, render, schema_reference
from endpoints.wording import quote


@dataclass(frozen=True)
class Question:
    """What is asked; without a default an answer is needed, with an empty one it may be left out."""

    text: str
    default: str | None = None


def _questions(kind: str) -> dict[str, Question]:
    """Return what has to be known for a kind of cluster, by the field of NewStack."""
    today = datetime.now(UTC)
    questions = {
        "team": Question("The team, the first part of the stack's name"),
        "environment": Question("The environment, such as dev, staging or prod"),
        "organization": Question("The organization, the first part of every URL"),
        "project": Question("The project, the second part of the URL"),
        "deployment": Question(
            "The deployment, a group of versions, the third part of the URL", "production"
        ),
        "version": Question("The version, the fourth part of the URL", f"{today:%Y%m%d}.0"),
        "source": Question("Where the project is: a directory relative to Pulumi.yaml's, or a git URL"),
        "yaml": Question("The path of valohai.yaml in that directory or repository; empty for its root", ""),
        "commit": Question("The commit to deploy; empty for the current files", ""),
    }
    if kind == "user":
        questions |= {
            "context": Question("The context of your kubeconfig (kubectl config get-contexts)"),
            "repository": Question("Where images go: a registry's host and path, such as ghcr.io/acme"),
            "ingress_class": Question("The IngressClass of the router; empty for the cluster's default", ""),
            "gateway": Question("The Gateway as NAMESPACE/NAME; empty for an Ingress", ""),
            "host": Question("The host name of every URL; empty for any", ""),
            "tls_secret": Question("The Secret with the host's certificate; empty for none", ""),
        }
    if kind == "managed":
        questions["managed_stack"] = Question("The stack that manages the cluster: organization/managed/prod")
    return questions


KINDS = ("user", "managed", "embedded")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments: one for each answer."""
    parser.add_argument("--cluster", choices=KINDS, help="the kind of cluster to deploy to")
    for field in fields(NewStack):
        question = next(found for kind in KINDS if (found := _questions(kind).get(field.name)))
        default = f" (default: {question.default})" if question.default else ""
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", help=f"{question.text}{default}".replace("%", "%%")
        )


def run(options: argparse.Namespace) -> int:
    """Write the file and check it; ask only on a terminal."""
    root = project_root(Path("Pulumi.yaml"))
    ask = _ask if sys.stdin.isatty() else None
    kind = options.cluster or _kind(ask)
    answers = NewStack(**_answers(kind, options, ask, root))
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", answers.name):
        allowed = "letters, digits, dots, dashes and underscores in team and environment"
        raise ProjectError(f"found {quote(answers.name)} as the stack's name; allowed: {allowed}")
    file = stack_file(root, answers.name)
    namespace, schema = project_name(root), schema_reference(root)
    # Nothing is read from a source before it is known to be a valid one.
    _refuse_invalid(root, file.name, render(answers, namespace, schema), by_flags=ask is None)
    text = render(answers, namespace, schema, _endpoints(root, answers, ask))
    shown = file.relative_to(root)
    _write(file, text, shown)
    checked = validate(file)
    for problem in checked.problems:
        print(problem, file=sys.stderr)
    if checked.problems:
        print(f"{shown} was written but has errors", file=sys.stderr)
        return FOUND
    print(f"{shown} was written ({checked.summary}). Next:")
    print(f"    pulumi stack init {answers.name}\n    pulumi preview --stack {answers.name}")
    return 0


def _refuse_invalid(root: Path, name: str, text: str, *, by_flags: bool) -> None:
    """Raise ProjectError if the text is no valid stack file, told by the flags or questions it came from.

    Sources are not looked at: one may come later, and what its endpoints need is written into the file.
    """
    (root / STORE_DIRECTORY).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / STORE_DIRECTORY) as directory:
        draft = Path(directory) / name
        draft.write_text(text, encoding="utf-8")
        problems = validate(draft, settings_only=True).problems
    if problems:
        told = dict.fromkeys(_told(problem, by_flags=by_flags) for problem in problems)
        raise ProjectError(*told, "nothing was written")


def _told(problem: Problem, *, by_flags: bool) -> str:
    setting = problem.key.partition(":")[2]
    answer = answer_behind(setting)
    if answer is None:
        return f"{setting}: {problem.text}"
    asked = f"--{answer.replace('_', '-')}" if by_flags else answer.replace("_", " ")
    return f"{asked}: {problem.text}"


def _write(file: Path, text: str, shown: Path) -> None:
    """Write the file whole or not at all, and never over another."""
    file.parent.mkdir(exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        problem = "exists already; choose another team or environment, or edit it"
        raise ProjectError(Problem(str(shown), None, "", problem)) from None
    except OSError as error:
        file.unlink(missing_ok=True)
        raise ProjectError(Problem(str(shown), None, "", f"cannot be written: {error.strerror}")) from None


Ask = Callable[[Question], str]


def _kind(ask: Ask | None) -> str:
    if ask is None:
        raise ProjectError(f"--cluster is missing; allowed: {', '.join(KINDS)}")
    kind = ask(Question(f"The cluster: {', '.join(KINDS)}", "user"))
    if kind not in KINDS:
        raise ProjectError(f"found {kind}; allowed: {', '.join(KINDS)}")
    return kind


def _answers(kind: str, options: argparse.Namespace, ask: Ask | None, root: Path) -> dict[str, str]:
    questions = _questions(kind)
    given = {field.name: getattr(options, field.name) for field in fields(NewStack)}
    _refuse_what_has_no_place(
        kind, [name for name, value in given.items() if value and name not in questions]
    )
    missing = [name for name, found in questions.items() if not given[name] and found.default is None]
    if missing and ask is None:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise ProjectError(f"missing: {flags}; give them, or run this on a terminal to be asked")
    answers: dict[str, str] = {}
    for name, question in questions.items():
        if given[name]:
            answers[name] = given[name]
            continue
        if name == "version":
            questions[name] = replace(question, default=_free_version(root, answers))
        answer = ask(questions[name]) if ask else questions[name].default
        if answer:
            answers[name] = answer
    return answers


def _free_version(root: Path, answers: Mapping[str, str]) -> str:
    """Return a name for a version of today that no other stack of the same deployment has."""
    names: list[str] = []
    for file in stack_files(root):
        try:
            settings = load_settings(read_values(file, project_name(root)), None)
        except ProjectError:
            continue  # a file with mistakes, which `check` tells
        for found in settings.deployments:
            if (found.project, found.name) == (answers["project"], answers["deployment"]):
                names += [version.name for version in found.versions]
    return next_version_name(names, datetime.now(UTC).date())


def _endpoints(root: Path, answers: NewStack, ask: Ask | None) -> Endpoints:
    """Return the endpoints of the project and where their model files may be; none if it cannot be read.

    What is wrong with the project is told when the file has been written.
    """
    try:
        _, manifest = load_project(root, answers.source, answers.commit, answers.yaml or "valohai.yaml")
    except ProjectError:
        return {}
    return {
        endpoint.name: {
            file.name: _model_file(root, answers.source, file, endpoint.name, ask) for file in endpoint.files
        }
        for endpoint in manifest.endpoints
    }


def _model_file(root: Path, source: str, file: File, endpoint: str, ask: Ask | None) -> ModelFile:
    """Return where a model file is: at its path in the project, at another with its name, or as answered."""
    found = None if is_git_url(source) else find_model_file(root / source, file.path)
    base = ".." if is_git_url(source) else source
    proposed = PurePosixPath(base, found or file.path).as_posix()
    if ask is not None:
        proposed = ask(Question(f"The file {file.name} of {endpoint}, relative to Pulumi.yaml's", proposed))
    return ModelFile(file.path, proposed, (root / proposed).is_file())


def _refuse_what_has_no_place(kind: str, names: Sequence[str]) -> None:
    if names:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in names)
        raise ProjectError(f"{flags}: is not used with --cluster {kind}; remove it")


def _ask(question: Question) -> str:
    """Ask until there is an answer; an end of input is one, too."""
    shown = f" [{question.default}]" if question.default else ""
    while True:
        try:
            answer = input(f"{question.text}{shown}: ").strip()
        except EOFError:
            raise ProjectError("no answer; nothing was written") from None
        if answer or question.default is not None:
            return answer or question.default or ""
