"""What a project asks pip for, and the package index that it comes from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

from endpoints.errors import Problem, ProjectError

CANDIDATES = ("requirements-deployment.txt", "requirements.txt")
"""Valohai's rule: the first of these in the repository's root is installed, the other is not."""

_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))\s*(?P<path>\S.*)")
LOCAL = re.compile(r"(?:-e|--editable)\b|\.|/|file:|.*@\s*file:|(?:-f|--find-links)[\s=]+(?!\w+://)")
"""Lines that name a part of the repository by its path or an option."""

ARCHIVE = re.compile(r"(?!\w+://)[^\s@]+\.(?:whl|zip|tar\.gz)(?:\s|$)")
"""Lines that name an archive in the repository."""


@dataclass(frozen=True)
class Requirements:
    """What pip will read in the image.

    `path` is the file that pip is given, `files` every file that it reads by `-r` or `-c` (`path` among
    them), relative to the repository. `local` is true where they name something of the repository itself,
    such as `-e .` or `./wheels/model.whl`, so that the code must be there before pip runs.
    """

    path: str
    files: tuple[str, ...]
    local: bool = False


def find_requirements(repository: Path, chosen: str | None = None) -> Requirements | None:
    """Return what pip installs: the `chosen` file, or else the first of `CANDIDATES` that is there, or None.

    Raises ProjectError if a file that another one includes does not exist or is outside the repository.
    """
    path = chosen or next((name for name in CANDIDATES if (repository / name).is_file()), None)
    if path is None:
        return None
    files: dict[str, None] = {}
    local = _read(repository, path, files)
    return Requirements(path, tuple(files), local)


def _read(repository: Path, path: str, files: dict[str, None]) -> bool:
    """Add `path` and what it includes to `files`; return whether anything names a part of the repository."""
    files[path] = None
    local = False
    for number, line in enumerate(_text(repository, path).splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if match := _INCLUDE.fullmatch(line):
            if re.match(r"\w+://", match["path"]):
                continue
            included = _resolve(repository, path, match["path"], number)
            if included not in files:
                local |= _read(repository, included, files)
        elif LOCAL.match(line) or ARCHIVE.match(line):
            local = True
    return local


def _text(repository: Path, path: str) -> str:
    try:
        return (repository / path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = "it is not UTF-8, the encoding that pip expects; save it as UTF-8"
        raise ProjectError(Problem(path, None, "", text)) from None


def _resolve(repository: Path, path: str, reference: str, line: int) -> str:
    root = repository.resolve()
    included = (root / PurePosixPath(path).parent / reference).resolve()
    if included.is_relative_to(root) and included.is_file():
        return included.relative_to(root).as_posix()
    problem = "is outside the repository" if not included.is_relative_to(root) else "does not exist"
    text = (
        f"it includes {reference!r}, which {problem}; an image is built only from the repository's "
        "files. Add the file to the repository or remove the line."
    )
    raise ProjectError(Problem(path, line, "", text))


def pip_configuration(
    url: str, extra_urls: Sequence[str], username: str | None = None, password: str | None = None
) -> str:
    """Return a pip.conf with the indexes; the credentials are for all that are on the host of `url`.

    An index without TLS is trusted, since pip refuses it otherwise and the stack file asks for it.
    https://pip.pypa.io/en/stable/topics/configuration/
    """
    login = "" if username is None or password is None else f"{_encoded(username)}:{_encoded(password)}@"
    host = urlsplit(url).netloc
    urls = [
        one.replace("://", f"://{login}", 1) if urlsplit(one).netloc == host else one
        for one in (url, *extra_urls)
    ]
    trusted = [urlsplit(one).netloc for one in (url, *extra_urls) if one.startswith("http://")]
    return "".join(
        [
            f"[global]\nindex-url = {urls[0]}\n",
            *_listed("extra-index-url", urls[1:]),
            *_listed("trusted-host", sorted(set(trusted))),
        ]
    )


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _listed(key: str, values: Sequence[str]) -> Iterator[str]:
    if values:
        yield f"{key} =\n"
        yield from (f"    {value}\n" for value in values)
