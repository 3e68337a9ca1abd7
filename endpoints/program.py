"""What the program does before it declares anything."""

import os
from pathlib import Path

import pulumi

from endpoints.arguments import claim_arguments, deployment_arguments, deployment_name
from endpoints.components.deployment import DeploymentArgs
from endpoints.configuration import stack_configuration, stack_outputs
from endpoints.errors import ProjectError
from endpoints.plan import plan_stack
from endpoints.preflight import examine
from endpoints.settings import load_settings
from endpoints.source import StoreAccess
from endpoints.stack_files import stack_file
from endpoints.targets import Target, resolve_target


def prepare(root: Path) -> tuple[Target, list[tuple[str, DeploymentArgs]]]:
    """Return where the stack goes, and names and arguments of its deployments.

    `root` is the directory of Pulumi.yaml.

    Shows the cluster, what it lacks and all advice. Raises RunError, which Pulumi shows without a stack
    trace, for everything that a user can mend.
    """
    try:
        project, stack = pulumi.get_project(), pulumi.get_stack()
        settings = load_settings(stack_configuration(project), stack_file(root, stack), project)
        target = resolve_target(settings, root, os.environ, stack_outputs)
        pulumi.log.info(f"cluster {target.cluster.context}, {target.cluster.server}")
        access = StoreAccess.METADATA if pulumi.runtime.is_dry_run() else StoreAccess.CONTENT
        plan = plan_stack(settings, root, target.router.kind, access, target.grant)
        for advice in plan.advice:
            pulumi.log.warn(str(advice))
        examination = examine(settings, plan, target, root, os.environ)
    except ProjectError as error:
        raise pulumi.RunError(str(error)) from None
    for advice in examination.advice:
        pulumi.log.warn(str(advice))
    if examination.may_not_see:
        pulumi.log.info(
            f"not checked, since the account may not see it: {'; '.join(examination.may_not_see)}"
        )
    full_name = f"{pulumi.get_organization()}/{project}/{stack}"
    return target, [
        (
            deployment_name(deployment),
            deployment_arguments(deployment, target, claim_arguments(settings, index, full_name, target)),
        )
        for index, deployment in enumerate(plan.deployments)
    ]
