"""Where images go."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class RegistryAccess:
    """Where images go; without credentials the machine's own ``docker login`` counts."""

    repository: str
    username: str | None = None
    password: SecretStr | None = None

    @property
    def address(self) -> str:
        """Host and port of the registry."""
        return self.repository.partition("/")[0]
