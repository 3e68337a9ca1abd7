"""Where images are pushed to and pulled from."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from endpoints.settings.model import Model
from endpoints.settings.values import SENSITIVE, Repository, Text, rule


class Registry(Model):
    """Where images are pushed to and pulled from: `host[:port]/path`, without tag.

    Without `username` and `password` the machine's own docker login is used for pushing.
    """

    repository: Repository
    username: Text | None = None
    password: SecretStr | None = Field(default=None, json_schema_extra=SENSITIVE)

    @model_validator(mode="after")
    def _has_both_credentials_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.username is None else "password"
            raise rule(f"{missing} is missing; give username and password, or neither to use docker login")
        return self
