"""What an organization can set about its policies: policies/settings.yaml."""

from collections.abc import Mapping
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from endpoints.errors import Problem, ProjectError
from endpoints.settings.explain import explain
from endpoints.settings.model import Model
from endpoints.settings.values import Count, Repository, Text
from endpoints.wording import suggestion
from endpoints.yaml_document import KeyPath, YamlDocument, construct, dotted
from endpoints.yaml_faults import faults


class Level(Enum):
    """What a violation does; the values are those of Pulumi's enforcement levels."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class PolicySettings(Model):
    """The settings of all policies.

    `production` are patterns of the names of production stacks. `minimum_replicas` is for these alone: two
    pods survive the loss of a node. `registries` are the repositories that images come from, themselves or
    what is below them; None approves all. `limits` are the resources that every container needs a limit of:
    memory, since a pod without one can take a node down, and no CPU, since an idle CPU is nobody's. `levels`
    are by policy; every policy is mandatory without one.
    """

    production: tuple[Text, ...] = ("*prod", "*production")
    minimum_replicas: Count = 2
    registries: Annotated[tuple[Repository, ...], Field(min_length=1)] | None = None
    limits: tuple[Text, ...] = ("memory",)
    levels: Mapping[str, Level] = Field(default_factory=dict)

    def is_production(self, stack: str) -> bool:
        """Tell whether a stack is one of production."""
        return any(fnmatchcase(stack, pattern) for pattern in self.production)

    def level(self, policy: str) -> Level:
        """Return what a violation of a policy does."""
        return self.levels.get(policy, Level.MANDATORY)


def load_policy_settings(file: Path, known: tuple[str, ...]) -> PolicySettings:
    """Read the settings; `known` are the names of the policies. Raises ProjectError with every mistake."""
    document = YamlDocument.read(file, str(file))

    def problem(path: KeyPath, text: str) -> Problem:
        return Problem(document.file, document.line(path), dotted(path), text)

    if document.root is None:
        return PolicySettings()
    if not isinstance(document.root, yaml.MappingNode):
        raise ProjectError(
            Problem(document.file, 1, "", "found no mapping; write keys such as production: [...]")
        )
    if found := list(faults(document.root)):
        raise ProjectError(*(Problem(document.file, line, dotted(path), text) for path, line, text in found))
    try:
        settings = PolicySettings.model_validate(construct(document.root), by_alias=True, by_name=False)
    except ValidationError as error:
        raise ProjectError(*(problem(path, text) for path, text in explain(error, PolicySettings))) from None
    if unknown := [name for name in settings.levels if name not in known]:
        raise ProjectError(
            *(
                problem(("levels", name), f"there is no such policy; {suggestion(name, known)}")
                for name in unknown
            )
        )
    return settings
