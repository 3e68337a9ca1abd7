"""Deployments that work now and may cause trouble later: no memory limit, versions that can change."""

from collections.abc import Iterator, Mapping, Sequence

from endpoints.advice.servers import server_of
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.stack_file import DeploymentSettings, NoBuilder, Settings
from endpoints.wording import beginning, listing
from endpoints.yaml_document import KeyPath


def advise_on_memory(subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find endpoints of one deployment without a memory limit; they share one piece of advice.

    Only the last version of each endpoint in the stack file counts, since that one can still be changed.
    """
    newest = {subject.endpoint.name: subject for subject in subjects}
    unlimited = [subject for subject in newest.values() if subject.endpoint.resources.memory.max is None]
    if unlimited:
        first, *others = unlimited
        also = f" (also of {listing(other.endpoint.name for other in others)})" if others else ""
        text = (
            f"is missing{also}: without a limit one pod can take all memory of its node, and Kubernetes may "
            "end other pods; add resources: {memory: {min: ..., max: ...}} in MB"
        )
        yield first.in_manifest("resources.memory.max", text)


def advise_on_sessions(subject: Subject) -> Iterator[Problem]:
    """Find servers that keep each user's session in memory, and that may have several pods."""
    command = subject.last_command
    server = server_of(command, subject.code) if command is not None else None
    most = subject.settings.replicas.max
    if server is not None and server.keeps_sessions and most > 1:
        text = (
            f"is {most}, but {server.title} keeps each user's session in one pod, so users lose their "
            "sessions; set replicas: {min: 1, max: 1}, or ignore this if your router has sticky sessions"
        )
        yield subject.in_stack_file(("replicas", "max"), text)


def advise_on_model_files(subject: Subject) -> Iterator[Problem]:
    """Find model files whose content may change without notice.

    A local file counts only if the version names a commit: a version without one is work in progress.
    """
    for name, file in subject.settings.files.items():
        if file.sha256 is not None or (file.path is not None and subject.commit is None):
            continue
        text = (
            "has no sha256, so this version would change without notice if the file did; add sha256 "
            "(sha256sum FILE prints it)"
        )
        yield subject.in_stack_file(("files", name), text)


def advise_on_sources(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find deployments of a working directory with uncommitted changes."""
    uncommitted = {subject.deployment: subject.uncommitted for subject in subjects if subject.uncommitted}
    for index, files in uncommitted.items():
        text = (
            f"is deployed with uncommitted changes in {beginning(files)}; commit them and name the commit in "
            "the version, so that it can be deployed again"
        )
        yield settings.problem(("deployments", index, "source"), text)


def advise_on_ready_images(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find endpoints that run a ready image by a tag, which may be moved to another image."""
    text = (
        "found {}, a tag, which can be moved to another image, so pods that start later may run that one; "
        "name the image by digest (docker buildx imagetools inspect {} prints it)"
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


def advise_on_large_files(settings: Settings, subjects: Sequence[Subject]) -> Iterator[Problem]:
    """Find deployments with files whose content Git LFS has not fetched.

    It is no error, since endpoints may not need them: they can be training data.
    """
    found = {subject.deployment: subject for subject in subjects if subject.is_built and subject.pointers}
    for index, subject in found.items():
        remedy = (
            "run git lfs pull there"
            if subject.commit is None
            else "run git lfs install on this machine, then commits are read with their content"
        )
        text = (
            f"contains Git LFS pointers instead of {beginning(subject.pointers)}, so the code would read the "
            f"pointers; {remedy}, or ignore this if no endpoint needs these files"
        )
        yield settings.problem(("deployments", index, "source"), text)


def advise_on_names(settings: Settings) -> Iterator[Problem]:
    """Find deployments, versions and aliases whose names, and so their URLs, differ only in case.

    Paths are case-sensitive, so these are different addresses. Endpoints have lower-case names by the schema.
    """
    prefixes: dict[str, str] = {}
    for index, deployment in enumerate(settings.deployments):
        prefix = f"/{settings.organization}/{deployment.project}/{deployment.name}"
        place: KeyPath = ("deployments", index, "name")
        told = list(_alike(settings, {prefix: place}, prefixes))
        yield from told
        if not told:
            places = _names(prefix, index, deployment)
            yield from _alike(settings, places, prefixes)


def _names(prefix: str, index: int, deployment: DeploymentSettings) -> Mapping[str, KeyPath]:
    """Return the place of each version and alias by its prefix."""
    above: KeyPath = ("deployments", index)
    versions = {
        f"{prefix}/{version.name}": (*above, "versions", number, "name")
        for number, version in enumerate(deployment.versions)
        if version.enabled
    }
    return {**versions, **{f"{prefix}/{alias}": (*above, "aliases", alias) for alias in deployment.aliases}}


def _alike(settings: Settings, places: Mapping[str, KeyPath], seen: dict[str, str]) -> Iterator[Problem]:
    for prefix, place in places.items():
        other = seen.setdefault(prefix.lower(), prefix)
        if other != prefix:
            text = (
                f"{prefix} and {other} differ only in case; they are two addresses, but people and tools "
                "confuse them; rename one of them"
            )
            yield settings.problem(place, text)
