"""Where images go, and how nodes get them."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from endpoints.docker_login import Credentials, docker_login
from endpoints.errors import ProjectError
from endpoints.settings import Registry, Settings


@dataclass(frozen=True)
class RegistryAccess:
    """Where images go; without credentials the machine's own ``docker login`` counts."""

    repository: str
    username: str | None = None
    password: SecretStr | None = None
    pull_credentials: Credentials | None = None
    """What nodes pull with; without them and `pull_secret` they know by themselves how to pull."""
    pull_secret: str | None = None
    """Name of a Secret with such credentials that is in each deployment's namespace."""

    @property
    def address(self) -> str:
        """Host and port of the registry."""
        return self.repository.partition("/")[0]


def registry_access(registry: Registry, settings: Settings, environment: Mapping[str, str]) -> RegistryAccess:
    """Return what the settings say; raises ProjectError where a docker login is needed and not there."""
    access = RegistryAccess(registry.repository, registry.username, registry.password)
    return RegistryAccess(
        access.repository,
        access.username,
        access.password,
        _pull_credentials(registry, access.address, settings, environment),
        registry.pull_secret.name if registry.pull_secret else None,
    )


def _pull_credentials(
    registry: Registry, address: str, settings: Settings, environment: Mapping[str, str]
) -> Credentials | None:
    chosen = registry.pull_secret
    if chosen is None:
        return _credentials(registry.username, registry.password)
    if chosen.kind == "docker-login":
        try:
            return docker_login(address, environment)
        except ProjectError as error:
            raise ProjectError(settings.problem(("registry", "pullSecret"), str(error))) from None
    return _credentials(chosen.username, chosen.password)


def _credentials(username: str | None, password: SecretStr | None) -> Credentials | None:
    return None if username is None or password is None else Credentials(username, password)
