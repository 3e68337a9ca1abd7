"""What the settings of every program's stacks have in common, and how they are read."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from pydantic import PrivateAttr, ValidationError

from endpoints.errors import Problem, ProjectError
from endpoints.settings.explain import explain
from endpoints.settings.model import Model
from endpoints.settings.places import Places
from endpoints.yaml_document import KeyPath


class StackSettings(Model):
    """Settings that know where in their stack file they stand."""

    # Private, since a file is no setting: it cannot be given in a stack file or compared.
    _places: Places = PrivateAttr(default_factory=lambda: Places(None))

    def problem(self, path: KeyPath, text: str) -> Problem:
        """Return a problem of the setting at a path such as `("deployments", 0, "source")`."""
        return self._places.problem(path, text)

    def key(self, path: KeyPath) -> str:
        """Return how messages and `pulumi config set --path` write the setting at a path."""
        return self._places.key(path)


AnyStack = TypeVar("AnyStack", bound=StackSettings)


def read_settings(
    model: type[AnyStack],
    values: Mapping[str, object],
    places: Places,
    may_be_encrypted: Callable[[KeyPath], bool],
) -> AnyStack:
    """Check plain values against the model, key by key.

    `may_be_encrypted` tells of which settings no reader of previews and state sees the value. Raises
    ProjectError with all problems found; no message holds the value of a secret.
    """
    if misplaced := list(_misplaced_secrets(places, may_be_encrypted)):
        raise ProjectError(*misplaced)
    try:
        settings = model.model_validate(dict(values), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = [places.problem(path, text) for path, text in explain(error, model)]
        # The cause would show pydantic's own text, which quotes secrets.
        raise ProjectError(*sorted(problems, key=lambda problem: problem.line or 0)) from None
    settings._places = places
    return settings


def _misplaced_secrets(places: Places, may_be_encrypted: Callable[[KeyPath], bool]) -> Iterator[Problem]:
    """Find secrets among settings that end in names, previews and the state, where all can be read."""
    text = "is encrypted, but would be readable in previews and in the state; set it without --secret"
    for path in places.encrypted():
        if not may_be_encrypted(path):
            yield places.problem(path, text)
