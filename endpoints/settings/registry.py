"""Where images are pushed to and pulled from."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from endpoints.settings.model import Model
from endpoints.settings.values import SENSITIVE, ObjectName, Repository, Text, rule


class PullSecret(Model):
    """What the cluster's nodes pull with.

    `credentials` are `username` and `password`, which only have to read. `docker-login` is the machine's own
    docker login, as it is during the update. `existing` is the Secret `name`, which is in the namespace of
    each deployment. With `none` the nodes know by themselves how to pull.
    """

    kind: Literal["credentials", "docker-login", "existing", "none"]
    username: Text | None = None
    password: SecretStr | None = Field(default=None, json_schema_extra=SENSITIVE)
    name: ObjectName | None = None

    @model_validator(mode="after")
    def _has_the_keys_of_its_kind(self) -> Self:
        needed = {"credentials": ("username", "password"), "existing": ("name",)}.get(self.kind, ())
        for key in ("username", "password", "name"):
            given = getattr(self, key) is not None
            if given and key not in needed:
                raise rule(f"{key} is not for kind {self.kind}; remove it")
            if not given and key in needed:
                raise rule(f"{key} is missing, which kind {self.kind} needs; add it")
        return self


class Registry(Model):
    """Where images are pushed to and pulled from: `host[:port]/path`, without tag.

    Without `username` and `password` the machine's own docker login is used for pushing. With both, and
    without `pull_secret`, they are the pull secret as well; without all three there is none.
    """

    repository: Repository
    username: Text | None = None
    password: SecretStr | None = Field(default=None, json_schema_extra=SENSITIVE)
    pull_secret: PullSecret | None = None

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.username is None else "password"
            raise rule(f"{missing} is missing; give username and password, or neither to use docker login")
        return self
