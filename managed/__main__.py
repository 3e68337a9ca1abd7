"""Declares what the managing stack's settings ask for. Run by Pulumi in this directory."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pulumi

root = Path(__file__).parent
# Pulumi puts this directory on the path; `endpoints` and this package lie beside each other above it.
sys.path.insert(0, str(root.parent))

from endpoints.errors import ProjectError
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

cluster = managed.target.cluster
admin = provider(managed.kubeconfig, cluster.context, cluster.server)
access = pulumi.ResourceOptions(providers=[admin])
foundation = Foundation(stack, plan, access)
after = pulumi.ResourceOptions.merge(access, pulumi.ResourceOptions(depends_on=foundation.resources))
for team in plan.teams:
    declared = Team(team, plan, managed, after)
    pulumi.export(team.name, team_output(team, managed.entry, declared.token, declared.expires))
