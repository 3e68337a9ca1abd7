"""Reads a server-command as a shell does, as long as it is a simple sequence of commands."""

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from endpoints.image.dockerfile import REPOSITORY_DIRECTORY

_NOT_PLAIN = re.compile(r"`|\$\(|<<|\$'|\$\{(?!\w+(:?-[^}]*)?\})")
_KEYWORDS = re.compile("case|do(ne)?|elif|else|esac|fi|for|function|if|in|select|then|until|while|[{}!]")
_OPERATORS = "();<>|&\n"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_RUNNERS = frozenset({"hatch", "pdm", "pipenv", "pixi", "poetry", "rye", "uv"})
"""Programs that start another one with `run`."""

_PYTHON = re.compile(r"python[\d.]*")
_PYTHON_FLAGS = frozenset({"-B", "-E", "-I", "-O", "-OO", "-s", "-S", "-u"})


@dataclass(frozen=True)
class Command:
    """One simple command: `python -m http.server 8000` is the program `http.server` with one argument.

    `runner` is the program that starts it, such as `uv` in `uv run ./serve`.

    `variables` are those set earlier, `own` those set for this command only. `text` is what a message shows.
    `written` is the program as the command line has it: `./serve`, or `python` for a module that Python runs.
    `directory` is the working directory after every `cd` before, relative to the project's root; None if it
    is not known or outside the project.
    """

    program: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    own: Mapping[str, str]
    text: str
    written: str
    directory: PurePosixPath | None
    runner: str = ""

    def starts_with(self, words: Sequence[str]) -> bool:
        """Tell whether program and first arguments are `words`, such as `streamlit run`."""
        return (self.program, *self.arguments)[: len(words)] == tuple(words)

    def options(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return name and value of the options given: `--port 1`, `--port=1`, `-p 1`, `-p1`."""
        found = []
        for index, word in enumerate(self.arguments):
            for name in names:
                if word == name and index + 1 < len(self.arguments):
                    found.append((name, self.arguments[index + 1]))
                elif word.startswith(f"{name}="):
                    found.append((name, word.removeprefix(f"{name}=")))
                elif not name.startswith("--") and word.startswith(name) and len(word) > len(name):
                    found.append((name, word.removeprefix(name)))
        return found

    @property
    def python_file(self) -> str | None:
        """The path in the project of the first word that names a Python file; None if there is none."""
        files = [word for word in (self.program, *self.arguments) if word.endswith(".py")]
        return self.path(files[0]) if files else None

    def path(self, word: str) -> str | None:
        """Return the path in the project of a file that the command names, or None if it is not known."""
        found = None if self.directory is None else below(self.directory, word)
        return None if found is None else str(found)

    def expand(self, word: str, known: Mapping[str, str]) -> str | None:
        """Return `word` with its variables replaced by their values, or None if one of them is not known.

        `known` are values from outside the command. Variables set for this command only do not count: a
        shell expands the words before it sets them.
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
    """Return the commands that run one after another, or None if the text is more complex than that.

    Pipes, background processes, `||`, substitutions, here-documents and control structures are too complex:
    the server and its options cannot be read reliably then.
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
    """Tell whether each line is empty or a comment."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    return all(not line or line.startswith("#") for line in lines)


def _simple_commands(text: str) -> Iterator[list[str] | None]:
    """Yield the words of each simple command; yield None and stop if the text is too complex."""
    if _NOT_PLAIN.search(text):
        yield None
        return
    words: list[str] = []
    redirected = False
    try:
        tokens = list(_tokens(text))
    except ValueError:  # an unclosed quotation
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
            if words and _KEYWORDS.fullmatch(words[0]):
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
    # shlex would remove the line break together with a comment, so `#` is handled later, as a word.
    joined = "\n".join(lines).replace("\\\n", " ")
    tokens = shlex.shlex(joined, posix=True, punctuation_chars=_OPERATORS)
    tokens.whitespace = " \t\r"
    tokens.whitespace_split = True
    tokens.commenters = ""
    return tokens


def _directory_after(command: Command) -> PurePosixPath | None:
    """Return the working directory of the next command; only `cd` with a literal path is followed."""
    if command.program in ("pushd", "popd", "source", "."):
        return None
    if command.program != "cd" or command.directory is None:
        return command.directory
    arguments = [argument for argument in command.arguments if argument != "--"]
    return below(command.directory, arguments[0]) if len(arguments) == 1 else None


def below(directory: PurePosixPath, word: str) -> PurePosixPath | None:
    """Return the path of `word`, relative to `directory`, if it is literal and inside the project."""
    if not word or word.startswith("-") or re.search(r"[$~*?\[]", word):
        return None
    inside = posixpath.relpath(posixpath.join(REPOSITORY_DIRECTORY, directory, word), REPOSITORY_DIRECTORY)
    return None if inside.split("/")[0] == ".." else PurePosixPath(inside)


def _command(words: list[str], variables: dict[str, str], directory: PurePosixPath | None) -> Command | None:
    """Return the command, or None for assignments only, which are kept for the commands that follow."""
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
    runner = ""
    if (
        program in _RUNNERS
        and arguments[:1] == ["run"]
        and len(arguments) > 1
        and not arguments[1].startswith("-")
    ):
        runner, (program, *arguments) = program, arguments[1:]
    written = program
    if _PYTHON.fullmatch(PurePosixPath(program).name):
        rest = list(arguments)
        while rest and rest[0] in _PYTHON_FLAGS:
            rest = rest[1:]
        if rest[:1] == ["-m"] and len(rest) > 1:
            program, arguments = rest[1], rest[2:]
    return Command(
        program=PurePosixPath(program).name,
        arguments=tuple(arguments),
        variables=dict(variables),
        own=own,
        text=text,
        written=written,
        directory=directory,
        runner=runner,
    )
