"""Turns plans into the components' arguments: the one place where the two meet."""

from endpoints.arguments.deployment import deployment_arguments, deployment_name

__all__ = ["deployment_arguments", "deployment_name"]
