"""Declares what the stack's settings ask for. Run by Pulumi: `pulumi preview`, `pulumi up`."""

import gc

# While Pulumi's SDKs define their thousands of classes, nothing becomes garbage. Not to look for any, neither
# now nor among those classes later, takes a tenth off each preview.
gc.disable()

from collections import ChainMap
from pathlib import Path

import pulumi

from endpoints.program import prepare
from endpoints.resources.deployment import Deployment
from endpoints.resources.provider import provider

gc.freeze()
gc.enable()

target, plans = prepare(Path(__file__).parent)
cluster = provider(target.cluster.kubeconfig, target.cluster.context, target.cluster.server)
options = pulumi.ResourceOptions(providers=[cluster])
deployments = [Deployment(plan.path, plan, target, options) for plan in plans]
pulumi.export("endpoints", dict(ChainMap(*(declared.summaries for declared in deployments))))
pulumi.export("aliases", dict(ChainMap(*(declared.alias_summaries for declared in deployments))))
