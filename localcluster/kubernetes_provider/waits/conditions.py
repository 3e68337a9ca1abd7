"""The annotation `pulumi.com/waitFor` (await/condition/custom.go and jsonpath.go, metadata/overrides.go).

Its value is one expression or a JSON list of them, all of which must hold:
    condition=Ready              a status condition of that type is True
    condition=Ready=False        ... has that status
    jsonpath={.status.phase}     the path finds something
    jsonpath={.status.phase}=Bound    ... that equals the text
Paths may use keys, `["key"]`, `[0]`, `[*]` and filters like `[?(@.type=="Accepted")]`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..failures import UserError
from ..objects import condition, field, text, whole_number
from ..values import JsonObject
from .progress import Problem, Progress
from .simple_kinds import Assessment

_STEP: Final = re.compile(
    r"""\.(?P<key>[A-Za-z0-9_\-]+)
      | \[(?P<index>\d+|\*)\]
      | \[(?P<quote>["'])(?P<quoted>.+?)(?P=quote)\]
      | \[\?\(\s*@\.(?P<field>[A-Za-z0-9_\-.]+)\s*==\s*(?P<mark>["'])(?P<value>.*?)(?P=mark)\s*\)\]
    """,
    re.VERBOSE,
)

_Step = Callable[[Any], Iterator[Any]]


def assessment(annotation: str) -> Assessment:
    """Return the rule that the annotation's value asks for. Raises UserError for what it cannot read."""
    rules = [_rule(expression) for expression in _expressions(annotation)]

    def assess(live: JsonObject) -> Progress:
        observed = field(live, "status", "observedGeneration")
        if isinstance(observed, int) and observed < whole_number(live, "metadata", "generation"):
            return Progress(False, live, "waiting for its controller to see the change")
        missing = [rule for rule in rules if not rule.holds(live)]
        message = f"waiting for {', '.join(rule.expression for rule in missing)}"
        return Progress(not missing, live, message, tuple(_complaints(missing, live)))

    return assess


def _expressions(annotation: str) -> list[str]:
    try:
        parsed = json.loads(annotation)
    except ValueError:
        return [annotation]
    if isinstance(parsed, list) and parsed and all(isinstance(entry, str) for entry in parsed):
        return parsed
    raise UserError("pulumi.com/waitFor must be an expression, or a JSON list of at least one expression")


@dataclass(frozen=True)
class _Rule:
    """An expression, whether it holds, and what it looks at, among which may be conditions with reasons."""

    expression: str
    holds: Callable[[JsonObject], bool]
    looks_at: Callable[[JsonObject], Iterable[Any]]


def _rule(expression: str) -> _Rule:
    if expression.startswith("condition="):
        name, _, status = expression.removeprefix("condition=").partition("=")
        return _Rule(
            expression,
            lambda live: text(condition(live, name), "status") == (status or "True"),
            lambda live: [condition(live, name)],
        )
    if expression.startswith("jsonpath="):
        path, expected = _split(expression.removeprefix("jsonpath="))
        steps = _steps(path, expression)
        return _Rule(
            expression,
            lambda live: any(expected is None or _as_text(found) == expected for found in _find(live, steps)),
            lambda live: _find(live, steps[:-1]),
        )
    raise UserError(
        f'pulumi.com/waitFor: an expression starts with "jsonpath=" or "condition=", unlike {expression!r}'
    )


def _complaints(rules: list[_Rule], live: JsonObject) -> Iterator[Problem]:
    """Return what the conditions that are waited for say themselves, which the official plugin does not."""
    for rule in rules:
        for found in rule.looks_at(live):
            if isinstance(found, dict) and {"type", "reason", "message"} <= found.keys():
                yield Problem(f"{found['type']}: [{found['reason']}] {found['message']}")


def _split(expression: str) -> tuple[str, str | None]:
    """Return (path, expected text or None) of `{path}=text`, with or without braces."""
    if expression.startswith("{"):
        path, _, rest = expression[1:].rpartition("}")
        return path, rest.removeprefix("=") if rest.startswith("=") else None
    path, separator, expected = expression.partition("=")
    return path, expected if separator else None


def _steps(path: str, expression: str) -> list[_Step]:
    steps: list[_Step] = []
    position = 1 if path.startswith("$") else 0
    if position == 0 and not path.startswith((".", "[")):
        path = f".{path}"
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise UserError(f"pulumi.com/waitFor: cannot read {path[position:]!r} in {expression!r}")
        steps.append(_step(match))
        position = match.end()
    return steps


def _step(match: re.Match[str]) -> _Step:
    if match["index"]:
        index = match["index"]
        return lambda value: iter(
            _elements(value) if index == "*" else _elements(value)[int(index) : int(index) + 1]
        )
    if match["field"]:
        keys, expected = match["field"].split("."), match["value"]
        return lambda value: (
            entry for entry in _elements(value) if _as_text(field(entry, *keys)) == expected
        )
    key = match["key"] or match["quoted"]
    return lambda value: iter([value[key]] if isinstance(value, dict) and key in value else [])


def _find(value: Any, steps: list[_Step]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    for found in steps[0](value):
        yield from _find(found, steps[1:])


def _elements(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
