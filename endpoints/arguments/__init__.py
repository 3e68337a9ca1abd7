"""Turns plans into the components' arguments: the one place where the two meet."""

from endpoints.arguments.claim import IF_TAKEN, claim_arguments
from endpoints.arguments.deployment import deployment_arguments, deployment_name

__all__ = ["IF_TAKEN", "claim_arguments", "deployment_arguments", "deployment_name"]
