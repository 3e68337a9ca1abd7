"""The program of a managing stack, from its file to the resources. `managed.run()` starts it."""

import os
from dataclasses import replace

import pulumi

from endpoints.errors import ProjectError
from endpoints.program import project_directory
from endpoints.resources.hooks import explain_conflicts
from endpoints.resources.provider import provider
from endpoints.stack_file.files import stack_file
from endpoints.target import Ownership
from endpoints.target.engine import stack_configuration
from endpoints.target.last_update import last_update
from managed.outputs import team_output
from managed.plan import plan_stack
from managed.resources.admission import Foundation
from managed.resources.team import Team
from managed.stack_file import load_settings
from managed.target import resolve_managed


def declare() -> None:
    """Declare the stack's resources, and an output for each team.

    Raises RunError, which Pulumi shows without a stack trace, for every mistake of a user.
    """
    root = project_directory()
    try:
        project, stack = pulumi.get_project(), pulumi.get_stack()
        settings = load_settings(stack_configuration(project), stack_file(root, stack), project)
        managed = resolve_managed(settings, root, os.environ)
        plan = plan_stack(settings, stack, managed.target, managed.registries)
        full_name = f"{pulumi.get_organization()}/{project}/{stack}"
        ownership = Ownership(full_name, "enforce", last_update(full_name).uids)
        managed = replace(managed, target=replace(managed.target, ownership=ownership))
    except ProjectError as error:
        raise pulumi.RunError(str(error)) from None
    explain_conflicts()
    cluster = managed.target.cluster
    admin = provider(managed.kubeconfig, cluster.context, cluster.server)
    access = pulumi.ResourceOptions(providers=[admin])
    foundation = Foundation(stack, plan, access)
    after = pulumi.ResourceOptions.merge(access, pulumi.ResourceOptions(depends_on=foundation.resources))
    for team in plan.teams:
        declared = Team(team, plan, managed, after)
        pulumi.export(team.name, team_output(team, managed.entry, declared.token, declared.expires))
