"""Endpoints that may take all memory of a node."""

from collections.abc import Iterator, Sequence

from endpoints.advice.subject import Subject
from endpoints.errors import Problem


def advise_on_memory(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find endpoints without a memory limit; one piece of advice for all of a manifest."""
    unlimited: dict[str, dict[str, Subject]] = {}
    for subject in subjects:
        if subject.endpoint.resources.memory.maximum is None:
            unlimited.setdefault(subject.definition.file, {}).setdefault(subject.endpoint.name, subject)
    for found in unlimited.values():
        first, *others = found.values()
        also = f" ({', '.join(other.endpoint.name for other in others)} likewise)" if others else ""
        text = (
            f"is missing{also}: without a limit one pod can take all memory of its node, and Kubernetes may "
            "end pods of others for it; add resources: {memory: {min: ..., max: ...}} in MB"
        )
        yield first.in_manifest("resources.memory.max", text)
