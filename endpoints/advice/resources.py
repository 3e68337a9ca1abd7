"""Endpoints that may take all memory of a node."""

from collections.abc import Iterator, Sequence

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.wording import listing


def advise_on_memory(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find endpoints of one deployment without a memory limit; they share one piece of advice.

    It is about the last version of each that the stack file lists, the one that is still worked on.
    """
    newest = {subject.endpoint.name: subject for subject in subjects}
    unlimited = [subject for subject in newest.values() if subject.endpoint.resources.memory.max is None]
    if unlimited:
        first, *others = unlimited
        also = f" ({listing(other.endpoint.name for other in others)} likewise)" if others else ""
        text = (
            f"is missing{also}: without a limit one pod can take all memory of its node, and Kubernetes may "
            "end pods of others for it; add resources: {memory: {min: ..., max: ...}} in MB"
        )
        yield first.in_manifest("resources.memory.max", text)
