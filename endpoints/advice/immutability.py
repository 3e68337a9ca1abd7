"""Versions that can become something else than they were."""

from collections.abc import Iterator, Sequence

from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.stack_file import NoBuilder, Settings
from endpoints.wording import beginning


def advise_on_model_files(subject: Subject) -> Iterator[Problem]:
    """Find model files whose content may change unnoticed.

    A local file is looked at only where the version names a commit, and so claims to stay what it is; without
    one it is work in progress.
    """
    for name, file in subject.settings.files.items():
        if file.sha256 is not None or (file.path is not None and subject.commit is None):
            continue
        text = (
            "has no sha256, so that another file in its place would become part of this version unnoticed; "
            "add sha256, which sha256sum FILE prints"
        )
        yield subject.in_stack_file(("files", name), text)


def advise_on_sources(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find deployments of a working directory as it stands, with files that no commit holds."""
    uncommitted = {subject.deployment: subject.uncommitted for subject in subjects if subject.uncommitted}
    for index, files in uncommitted.items():
        text = (
            f"is deployed with changes that no commit holds: {beginning(files)}; commit "
            "them and name the commit in the version, so that it can be made again"
        )
        yield settings.problem(("deployments", index, "source"), text)


def advise_on_ready_images(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find endpoints that run a ready image by a tag, which may be moved to another image."""
    text = (
        "found {}, a tag, which may be moved, so that pods that start later would run something else; "
        "name the image by digest: docker buildx imagetools inspect {} prints it"
    )
    nothing_is_built = isinstance(settings.builder, NoBuilder)
    for subject in subjects:
        chosen = subject.settings.image
        image = subject.endpoint.image if chosen is None and nothing_is_built else chosen
        if image is not None and "@sha256:" not in image:
            told = text.format(image, image)
            yield (
                subject.in_manifest("image", told)
                if chosen is None
                else subject.in_stack_file(("image",), told)
            )
