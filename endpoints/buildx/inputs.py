"""What the engine asks the plugin to build."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Login:
    """Who pushes, in place of the machine's own docker login."""

    address: str
    username: str
    password: str


@dataclass(frozen=True)
class ImageInputs:
    """The properties of `buildx:index:Image`, as endpoints/components/attested_image.py gives them.

    `context` and the values of `named_contexts` are relative to the directory of Pulumi.yaml. `builder` is
    None for the current one, `platforms` empty for its own, `cache` None where no layers are kept elsewhere,
    `generator` None for BuildKit's own choice.
    """

    repository: str
    tag: str
    dockerfile: str
    context: str
    named_contexts: Mapping[str, str]
    sbom: bool
    generator: str | None
    provenance: str
    builder: str | None
    platforms: tuple[str, ...]
    cache: str | None
    secrets: Mapping[str, str]
    login: Login | None

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Self:
        """Read the properties that the program has given."""
        attestations = properties["attestations"]
        return cls(
            repository=properties["repository"],
            tag=properties["tag"],
            dockerfile=properties["dockerfile"],
            context=properties["context"],
            named_contexts=properties.get("namedContexts", {}),
            sbom=attestations["sbom"],
            generator=attestations.get("generator"),
            provenance=attestations["provenance"],
            builder=properties.get("builder"),
            platforms=tuple(properties.get("platforms", ())),
            cache=properties.get("cache"),
            secrets=properties.get("secrets", {}),
            login=Login(**properties["login"]) if "login" in properties else None,
        )

    @property
    def name(self) -> str:
        """Repository and tag."""
        return f"{self.repository}:{self.tag}"

    @property
    def secret_texts(self) -> list[str]:
        """What no message may show: the password, and the words of the build secrets that are not short."""
        words = [word for text in self.secrets.values() for word in text.split() if len(word) >= _SHORT]
        return [*([self.login.password] if self.login else []), *words]


_SHORT = 8
"""Words of fewer characters are the syntax of a secret's file; without them no message could be read."""


UNDECIDING = frozenset({"builder", "cache", "context", "login", "secrets"})
"""Properties that do not decide what is in the image: another value of theirs builds nothing again.

What `context` holds is told by `content`; named contexts have names that tell it.
"""


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the names of properties whose difference makes another image, sorted."""
    return sorted(key for key in {*old, *new} - UNDECIDING if old.get(key) != new.get(key))
