"""Says in this program's words why an image could not be built: what to look at, and what to do.

BuildKit, pip and registries tell what failed in their own words, which know nothing of stack files and are
shown as well. The patterns are taken from what BuildKit 0.31 says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from endpoints.image.dockerfile import Download
from endpoints.image.package_failures import InstallationFacts, explain_installation

_REFUSED = r"\b401\b|\b403\b|[Uu]nauthorized|denied|insufficient_scope|failed to authorize"


@dataclass(frozen=True)
class Explanation:
    """A sentence for errors that match the regular expression `pattern`."""

    pattern: str
    text: str


@dataclass(frozen=True)
class BuildFacts:
    """What an image is built with, as far as it may fail.

    `place` is where valohai.yaml names the image that it begins with, `base`. `user` is who pushes, None for
    the machine's docker login. `index` is the URL of a package index, None for pip's own choice. `builder` is
    the builder's name, None for the current one. `generator` is the image that makes an SBOM, or None.
    """

    base: str
    place: str
    downloads: tuple[Download, ...]
    repository: str
    user: str | None
    index: str | None
    builder: str | None
    generator: str | None = None


def explain_failure(error: str, facts: BuildFacts) -> str:
    """Return why a build failed and what to do; `error` is what the builder's plugin says of it."""
    installation = InstallationFacts(facts.base, facts.place, facts.index)
    if text := explain_installation(error, installation):
        return text
    found = (one.text for one in _explanations(facts) if re.search(one.pattern, error))
    return next(found, "the image cannot be built; see the builder output")


def _explanations(facts: BuildFacts) -> Iterator[Explanation]:
    """Return what may be said of a failed build; the first whose pattern is found holds."""
    yield from _of_downloads(facts.downloads)
    yield from _of_plain_http(facts)
    user = f"the user {facts.user}" if facts.user else "this machine's docker login"
    yield Explanation(
        rf"failed to push .*(?:{_REFUSED})",
        f"the registry does not let {user} push to {facts.repository}; "
        "correct username and password of the stack's registry, or log in with docker login",
    )
    yield Explanation(
        r"failed to push ",
        f"the image cannot be pushed to {facts.repository}; correct repository of the stack's "
        "registry, or check that the builder can reach it",
    )
    if facts.generator is not None:
        yield Explanation(
            rf"failed to resolve source metadata for \S*{re.escape(facts.generator)}",
            f"the image {facts.generator}, which generates the SBOM, cannot be pulled; set generator "
            "of the builder's attestations to a copy that the builder can pull, or set sbom to false",
        )
    yield Explanation(
        r"failed to resolve source metadata",
        f"the image {facts.base} cannot be pulled; "
        f"correct image in valohai.yaml ({facts.place}), or log in to its registry with docker login",
    )
    yield Explanation(
        r"[Aa]ttestation is not supported for the docker driver",
        "the Docker daemon's own builder cannot create attestations; create another builder with "
        "`docker buildx create` and name it, or turn on the daemon's containerd image store",
    )
    yield Explanation(
        r"no builder .* found|Cannot connect to the Docker daemon|failed to connect to the docker API"
        r"|failed to dial|no valid drivers found",
        f"the builder {facts.builder or 'of this machine'} does not answer; see `docker buildx ls`, "
        "and correct name of the stack's builder",
    )


def _of_plain_http(facts: BuildFacts) -> Iterator[Explanation]:
    """Explain registries without HTTPS.

    https://docs.docker.com/build/buildkit/configure/#setting-registry-certificates
    """
    for start, image in (("failed to push ", facts.repository), ("failed to resolve source", facts.base)):
        host = image.partition("/")[0]
        yield Explanation(
            rf"{start}.*(?:server gave HTTP response to HTTPS client|does not look like a TLS handshake)",
            f"the registry {host} speaks HTTP, and the builder expects HTTPS; give the registry a "
            f'certificate, or allow HTTP in the builder\'s buildkitd.toml: [registry."{host}"] with http = '
            "true, and create the builder again: docker buildx create --buildkitd-config buildkitd.toml",
        )


def _of_downloads(downloads: tuple[Download, ...]) -> Iterator[Explanation]:
    for download in downloads:
        place = f"the file {download.name} of {download.uri}"
        if download.sha256 is not None:
            # It also ends so where the server answers 404: what it says of that is taken for the file.
            yield Explanation(
                rf"digest mismatch sha256:[0-9a-f]+: sha256:{download.sha256}",
                f"{place} does not have the sha256 {download.sha256}, or does not exist; correct the "
                "uri, or set the new sha256 if the change is intended",
            )
        yield Explanation(
            rf'Get "{re.escape(download.uri)}"',
            f"{place} cannot be reached from the builder; correct its uri, or allow the builder to reach it",
        )
    if downloads:
        places = ", ".join(f"{download.name} of {download.uri}" for download in downloads)
        yield Explanation(
            r"failed to load cache key: invalid response status",
            (
                f"the server does not return {places}; correct the uri, or upload the file so that it "
                "can be read without credentials"
            ),
        )
