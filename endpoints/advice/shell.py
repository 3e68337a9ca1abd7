"""Reads a server-command as the shell would, as far as that is plain."""

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from endpoints.image.dockerfile import REPOSITORY_DIRECTORY

_NOT_PLAIN = re.compile(r"`|\$\(|<<|\$'|\$\{(?!\w+(:?-[^}]*)?\})")
_KEYWORDS = frozenset(
    {
        *(
            "case",
            "do",
            "done",
            "elif",
            "else",
            "esac",
            "fi",
            "for",
            "function",
            "if",
            "in",
            "select",
            "then",
        ),
        *("until", "while", "{", "}", "!"),
    }
)
_OPERATORS = "();<>|&\n"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_RUNNERS = frozenset({"hatch", "pdm", "pipenv", "pixi", "poetry", "rye", "uv"})
"""Programs that run another one by `run`."""

_PYTHON = re.compile(r"python[\d.]*")
_PYTHON_FLAGS = frozenset({"-B", "-E", "-I", "-O", "-OO", "-s", "-S", "-u"})


@dataclass(frozen=True)
class Command:
    """One simple command: `python -m http.server 8000` is the program `http.server` with one argument.

    `variables` are those set earlier, `own` those set for it alone. `text` is what a message shows,
    `written` is the program as it stands there: `./serve`, or `python` for what Python runs. `directory` is
    where every `cd` before has led, from the project's root; None where that cannot be told, or is elsewhere.
    """

    program: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    own: Mapping[str, str]
    text: str
    written: str
    directory: PurePosixPath | None

    def path(self, word: str) -> str | None:
        """Return where in the project a file is that the command names, or None where that cannot be told."""
        found = None if self.directory is None else _below(self.directory, word)
        return None if found is None else str(found)

    def expand(self, word: str, known: Mapping[str, str]) -> str | None:
        """Return `word` with its variables replaced by their values, or None where one is not known.

        `known` are values from outside. What is set for the command alone does not count: a shell sets it
        after it has read the words.
        """
        values = {**known, **self.variables}
        missing = False

        def value(match: re.Match[str]) -> str:
            nonlocal missing
            name, default = match[1] or match[2], match[3]
            missing = missing or (name not in values and default is None)
            return values.get(name, default or "")

        expanded = _VARIABLE.sub(value, word)
        return None if missing or "$" in expanded else expanded


def parse(texts: Sequence[str]) -> tuple[Command, ...] | None:
    """Return the commands that run one after another, or None if there is more to it than that.

    Pipes, background processes, alternatives (`||`), substitutions, here-documents and control structures are
    such more: what the server is and what it is told cannot be read off then.
    """
    commands: list[Command] = []
    variables: dict[str, str] = {}
    directory: PurePosixPath | None = PurePosixPath()
    for words in _simple_commands("\n".join(texts)):
        if words is None:
            return None
        command = _command(words, variables, directory)
        if command is not None:
            commands.append(command)
            directory = _directory_after(command)
    return tuple(commands)


def is_only_comments(texts: Sequence[str]) -> bool:
    """Tell whether every line is empty or a comment."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    return all(not line or line.startswith("#") for line in lines)


def _simple_commands(text: str) -> Iterator[list[str] | None]:
    """Yield the words of each simple command; None, and nothing more, where the text is not plain."""
    if _NOT_PLAIN.search(text):
        yield None
        return
    words: list[str] = []
    redirected = False
    try:
        tokens = list(_tokens(text))
    except ValueError:  # a quotation that does not end
        yield None
        return
    for token in [*tokens, "\n"]:
        if not token or not set(token) <= set(_OPERATORS):
            if not redirected:
                words.append(token)
            redirected = False
        elif set(token) <= {"<", ">", "&"} and set(token) & {"<", ">"}:
            if words and re.fullmatch(r"\d", words[-1]):
                words.pop()  # the descriptor in 2>&1
            redirected = True
        elif token.strip("\n") in ("", ";", "&&"):
            if words and words[0] in _KEYWORDS:
                yield None
                return
            if words:
                yield words
            words, redirected = [], False
        else:
            yield None
            return


def _tokens(text: str) -> shlex.shlex:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    # Comments at the end of a line are left to `#` as a word: shlex would swallow the end of the line, too.
    joined = "\n".join(lines).replace("\\\n", " ")
    tokens = shlex.shlex(joined, posix=True, punctuation_chars=_OPERATORS)
    tokens.whitespace = " \t\r"
    tokens.whitespace_split = True
    tokens.commenters = ""
    return tokens


def _directory_after(command: Command) -> PurePosixPath | None:
    """Return where the next command runs: only `cd` with a plain path is followed."""
    if command.program in ("pushd", "popd", "source", "."):
        return None
    if command.program != "cd" or command.directory is None:
        return command.directory
    arguments = [argument for argument in command.arguments if argument != "--"]
    return _below(command.directory, arguments[0]) if len(arguments) == 1 else None


def _below(directory: PurePosixPath, word: str) -> PurePosixPath | None:
    """Return the path of `word`, a path from `directory`, if it is in the project and written out."""
    if not word or word.startswith("-") or re.search(r"[$~*?\[]", word):
        return None
    inside = posixpath.relpath(posixpath.join(REPOSITORY_DIRECTORY, directory, word), REPOSITORY_DIRECTORY)
    return None if inside.split("/")[0] == ".." else PurePosixPath(inside)


def _command(words: list[str], variables: dict[str, str], directory: PurePosixPath | None) -> Command | None:
    """Return the command, or None for assignments alone, which are noted for what follows."""
    if "#" in words:
        words = words[: words.index("#")]
    text = " ".join(words)
    own: dict[str, str] = {}
    exported = bool(words) and words[0] == "export"
    while words:
        if match := _ASSIGNMENT.fullmatch(words[0]):
            own[match[1]] = match[2]
        elif words[0] not in ("exec", "export", "nohup", "time", "env"):
            break
        words = words[1:]
    if exported or not words:
        variables |= own
        return None
    program, *arguments = words
    if (
        program in _RUNNERS
        and arguments[:1] == ["run"]
        and len(arguments) > 1
        and not arguments[1].startswith("-")
    ):
        program, *arguments = arguments[1:]
    written = program
    if _PYTHON.fullmatch(PurePosixPath(program).name):
        rest = list(arguments)
        while rest and rest[0] in _PYTHON_FLAGS:
            rest = rest[1:]
        if rest[:1] == ["-m"] and len(rest) > 1:
            program, arguments = rest[1], rest[2:]
    return Command(
        PurePosixPath(program).name, tuple(arguments), dict(variables), own, text, written, directory
    )
