"""Checks a stack file and everything that it points to, as a preview would, without Pulumi."""

from dataclasses import dataclass
from pathlib import Path

from endpoints.errors import Problem, ProjectError
from endpoints.plan import StackPlan, plan_stack
from endpoints.settings import EmbeddedCluster, RoutingKind, Settings, load_settings
from endpoints.stack_files import project_name, project_root, read_values


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
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
