"""Python's server of files, which looks for the prefix below its directory."""

import re
from collections.abc import Iterator

from endpoints.advice.no_server import ends_by_itself
from endpoints.advice.server_command import KEY, all_commands
from endpoints.advice.servers import option_values
from endpoints.advice.shell import Command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem
from endpoints.wording import quote

_PREFIX = re.compile("SCRIPT_NAME|VH_DEFAULT_PREFIX")


def advise_on_static_files(subject: Subject) -> Iterator[Problem]:
    """Find `python -m http.server` where nothing makes a directory for the prefix.

    A script that runs before it may do so unseen: then nothing is said. The remedy is a line of
    docs/prefixes.md, which a test starts.
    """
    *before, last = all_commands(subject) or (None,)
    if last is None or last.program != "http.server":
        return
    known = [command for command in before if command is not None and ends_by_itself(command)]
    if len(known) < len(before) or any(_mentions_prefix(command) for command in (*known, last)):
        return
    yield subject.in_manifest(
        KEY,
        "http.server looks for the whole path below its directory, where no directory has the name of the "
        f"prefix, so that every request is answered by 404; {_remedy(last)}",
    )


def _mentions_prefix(command: Command) -> bool:
    return _PREFIX.search(" ".join([command.text, *command.variables.values()])) is not None


def _remedy(command: Command) -> str:
    given = [value.rstrip("/") for _, value in option_values(command, ("--directory", "-d"))]
    named = bool(given) and given[-1] not in ("", ".")
    directory = given[-1] if named else "public"
    first = "" if named else "put the files into a directory of their own, such as public, and "
    absolute = directory if directory.startswith(("/", "$")) else f"$PWD/{directory.removeprefix('./')}"
    line = (
        f"mkdir -p www$SCRIPT_NAME && ln -sf {absolute}/* www$SCRIPT_NAME && "
        f"{command.written} -m http.server $PORT --directory www"
    )
    return f"{first}write in place of {quote(command.text)}: {line}"
