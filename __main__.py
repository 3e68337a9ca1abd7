"""Declares what the stack's settings ask for. Run by Pulumi: `pulumi preview`, `pulumi up`."""

import os
from collections import ChainMap
from pathlib import Path

import pulumi

from endpoints.arguments import deployment_arguments, deployment_name
from endpoints.components.deployment import Deployment
from endpoints.components.provider import provider
from endpoints.configuration import stack_configuration, stack_outputs
from endpoints.errors import ProjectError
from endpoints.plan import plan_stack
from endpoints.settings import load_settings
from endpoints.source import StoreAccess
from endpoints.stack_files import stack_file
from endpoints.targets import resolve_target

try:
    root = Path(__file__).parent
    project, stack = pulumi.get_project(), pulumi.get_stack()
    settings = load_settings(stack_configuration(project), stack_file(root, stack), project)
    target = resolve_target(settings, root, os.environ, stack_outputs)
    access = StoreAccess.METADATA if pulumi.runtime.is_dry_run() else StoreAccess.CONTENT
    plan = plan_stack(settings, root, target.router.kind, access, target.grant)
except ProjectError as error:
    raise pulumi.RunError(str(error)) from None  # which is shown as it is, without a stack trace

for advice in plan.advice:
    pulumi.log.warn(str(advice))
cluster = provider("cluster", target.cluster.kubeconfig, target.cluster.context, target.cluster.server)
options = pulumi.ResourceOptions(providers=[cluster])
deployments = [
    Deployment(deployment_name(deployment), deployment_arguments(deployment, target), options)
    for deployment in plan.deployments
]
pulumi.export("endpoints", dict(ChainMap(*(declared.summaries for declared in deployments))))
pulumi.export("aliases", dict(ChainMap(*(declared.alias_summaries for declared in deployments))))
