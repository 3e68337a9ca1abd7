"""The program of a team's stack, from its file to the resources. `endpoints.run()` starts it."""

import os
from collections import ChainMap
from dataclasses import replace
from pathlib import Path

import pulumi

from endpoints.errors import ProjectError
from endpoints.plan import DeploymentPlan, StackPlan, plan_stack
from endpoints.preflight import Examination, examine
from endpoints.resources.deployment import Deployment
from endpoints.resources.hooks import explain_conflicts
from endpoints.resources.provider import provider
from endpoints.source import StoreAccess
from endpoints.stack_file import Settings, load_settings
from endpoints.stack_file.files import stack_file
from endpoints.target import Ownership, Target, resolve_target
from endpoints.target.engine import stack_configuration, stack_outputs
from endpoints.target.last_update import LastUpdate, advice_on_move, last_update


def declare() -> None:
    """Declare the stack's resources and outputs.

    Raises RunError, which Pulumi shows without a stack trace, for every mistake of a user.
    """
    target, plans = prepare(project_directory())
    explain_conflicts()
    cluster = provider(target.cluster.kubeconfig, target.cluster.context, target.cluster.server)
    options = pulumi.ResourceOptions(providers=[cluster])
    deployments = [Deployment(plan.path, plan, target, options) for plan in plans]
    pulumi.export("endpoints", dict(ChainMap(*(declared.summaries for declared in deployments))))
    pulumi.export("aliases", dict(ChainMap(*(declared.alias_summaries for declared in deployments))))


def project_directory() -> Path:
    """Return the directory of Pulumi.yaml: the one that the engine names, or else the working directory."""
    return Path(pulumi.get_root_directory() or ".").absolute()


def prepare(root: Path) -> tuple[Target, tuple[DeploymentPlan, ...]]:
    """Return where the stack goes, and its deployments.

    `root` is the directory of Pulumi.yaml.

    Shows the cluster, what it lacks and all advice. Raises RunError, which Pulumi shows without a stack
    trace, for everything that a user can fix.
    """
    project, stack = pulumi.get_project(), pulumi.get_stack()
    full_name = f"{pulumi.get_organization()}/{project}/{stack}"
    try:
        settings = load_settings(stack_configuration(project), stack_file(root, stack), project)
        target, before = _target(settings, root, full_name)
        plan = _plan(settings, root, target)
        namespaces = [deployment.namespace for deployment in plan.deployments]
        # Whether one is on another cluster is seen only now; rights are asked for as if none were.
        asking = replace(target, handed_over=frozenset(before.handed_over(namespaces, target, {})))
        is_update = not pulumi.runtime.is_dry_run()
        examination = examine(settings, plan, asking, root, os.environ, is_update=is_update)
    except ProjectError as error:
        raise pulumi.RunError(str(error)) from None
    _tell(examination)
    handed_over = frozenset(before.handed_over(namespaces, target, examination.namespaces))
    return replace(target, handed_over=handed_over, scaled=examination.scaled), plan.deployments


def _target(settings: Settings, root: Path, full_name: str) -> tuple[Target, LastUpdate]:
    """Return where the stack goes, and what its last update left; show the cluster, and a move to it."""
    target = resolve_target(settings, root, os.environ, stack_outputs)
    pulumi.log.info(f"cluster {target.cluster.context}, {target.cluster.server}")
    before = last_update(full_name)
    move = before.move_to(target)
    if move is not None:
        pulumi.log.warn(str(settings.problem(("cluster",), advice_on_move(move, target))))
    ownership = Ownership(full_name, settings.preflight, before.uids)
    return replace(target, move=move, pull_secrets=before.pull_secrets, ownership=ownership), before


def _plan(settings: Settings, root: Path, target: Target) -> StackPlan:
    """Return what to deploy, and show the advice about it."""
    access = StoreAccess.METADATA if pulumi.runtime.is_dry_run() else StoreAccess.CONTENT
    plan = plan_stack(settings, root, target.router.kind, access, target.grant)
    for advice in plan.advice:
        pulumi.log.warn(str(advice))
    return plan


def _tell(examination: Examination) -> None:
    """Show what the cluster lacks, and what could not be seen of it."""
    for advice in examination.advice:
        pulumi.log.warn(str(advice))
    if examination.may_not_see:
        pulumi.log.info(
            "not checked, because the kubeconfig's account has no permission to read it: "
            f"{'; '.join(examination.may_not_see)}"
        )
