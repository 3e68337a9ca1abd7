"""Arguments of a pull secret."""

from endpoints.image.docker_login import server_key
from endpoints.plan import DeploymentPlan
from endpoints.resources.pull_secret import PullSecretArgs
from endpoints.target import Target


def pull_secret_arguments(plan: DeploymentPlan, target: Target) -> PullSecretArgs | None:
    """Return the credentials that nodes pull the deployment's images with; None where there are none."""
    registry = target.registry
    credentials = registry.pull_credentials
    if credentials is None:
        return None
    return {
        # A namespace is a DNS label, so that the dot makes a name that nothing else has.
        "name": f"{plan.namespace}.registry",
        "server": server_key(registry.address),
        "username": credentials.username,
        "password": credentials.password.get_secret_value(),
    }
