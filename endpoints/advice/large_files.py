"""Files of which an image would hold a pointer alone."""

from collections.abc import Iterator, Sequence

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.stack_file import Settings
from endpoints.wording import beginning


def advise_on_large_files(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find deployments with files whose content Git LFS has not fetched.

    They may be of no use to the endpoints, training data say, so that this is no mistake.
    """
    found = {subject.deployment: subject for subject in subjects if subject.is_built and subject.pointers}
    for index, subject in found.items():
        remedy = (
            "run git lfs pull there"
            if subject.commit is None
            else "run git lfs install on this machine, and its files are taken out of commits as well"
        )
        text = (
            f"holds pointers of Git LFS in the place of {beginning(subject.pointers)}, and that is what the "
            f"code would read; {remedy}, or pay no heed if no endpoint needs them"
        )
        yield settings.problem(("deployments", index, "source"), text)
