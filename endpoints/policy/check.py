"""Applies the rules to a whole preview."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from endpoints.policy.rules import RULES, Context, Level, PolicySettings
from endpoints.report.preview import Preview


@dataclass(frozen=True)
class Violation:
    """What is wrong with one resource by one policy; `kind` and `name` are the resource's."""

    policy: str
    level: Level
    kind: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.level.value} {self.policy}: {self.kind} {self.name} {self.text}"


def check_preview(preview: Preview, settings: PolicySettings) -> Iterator[Violation]:
    """Yield every violation by what would be deployed after the update, unchanged resources included."""
    context = Context(settings, settings.is_production(preview.stack))
    for rule in RULES:
        level = settings.level(rule)
        if level is Level.DISABLED:
            continue
        for resource in preview.resources:
            if resource.after is not None and resource.type.startswith("kubernetes:"):
                for text in rule.check(resource.after, context):
                    yield Violation(rule.name, level, resource.kind, resource.name, text)


def is_broken(violations: Iterable[Violation]) -> bool:
    """Tell whether a violation forbids the update."""
    return any(violation.level is Level.MANDATORY for violation in violations)
