"""Dash applications whose pages load nothing, since nobody told them the prefix; see docs/prefixes.md."""

import re
from collections.abc import Iterator

from endpoints.advice.server_command import KEY, last_command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.manifest import Wsgi

_MAKES_A_DASH = re.compile(r"^\s*(?:from|import)\s+dash\b.*?\bDash\(", re.MULTILINE | re.DOTALL)

_KNOWS_A_PREFIX = re.compile(
    r"pathname_prefix|url_base_pathname|DASH_\w+_PATHNAME|SCRIPT_NAME|VH_DEFAULT_PREFIX", re.IGNORECASE
)
"""Dash's own settings, as arguments and as variables, and names of the prefix."""

_TEXT = "Dash is not told the prefix: its page comes, what that loads does not, and it stays empty"

_IN_CODE = (
    'write Dash(__name__, requests_pathname_prefix=os.environ["SCRIPT_NAME"] + "/", '
    'routes_pathname_prefix="/")'
)

_IN_COMMAND = "put DASH_URL_BASE_PATHNAME=$SCRIPT_NAME/ in front of the command"


def advise_on_dash(subject: Subject) -> Iterator[Problem]:
    """Find a Dash application that knows no prefix, in the module that `wsgi` or the command names."""
    if isinstance(subject.endpoint.server, Wsgi):
        module = subject.endpoint.server.module.replace(".", "/")
        files: list[str | None] = [f"{module}.py", f"{module}/__init__.py"]
        key, remedy, told = "wsgi", _IN_CODE, ""
    else:
        command = last_command(subject)
        if command is None:
            return
        words = (command.program, *command.arguments)
        files = [command.path(word) for word in words if word.endswith(".py")][:1]
        key, remedy, told = KEY, _IN_COMMAND, " ".join([command.text, *command.variables])
    if (
        any(_MAKES_A_DASH.search(subject.code.text(file)) for file in files)
        and not subject.code.mentions(_KNOWS_A_PREFIX)
        and not _KNOWS_A_PREFIX.search(" ".join([told, *subject.settings.environment]))
    ):
        yield subject.in_manifest(key, f"{_TEXT}; {remedy}")
