"""Whether a stack's own pull secret has an effect on a managed cluster."""

from collections.abc import Iterator

from endpoints.errors import Problem
from endpoints.settings import Settings


def advise_on_pull_secret(settings: Settings) -> Iterator[Problem]:
    """Find a pull secret that nobody uses; the same stack file is right on a cluster of the team's own."""
    chosen = settings.registry.pull_secret if settings.registry else None
    if chosen is not None and chosen.kind != "none":
        text = (
            "has no effect on this cluster: nodes pull with the Secret that its administrators have put into "
            "the team's namespaces; ask them for one that may read this registry"
        )
        yield settings.problem(("registry", "pullSecret"), text)
