from pathlib import Path

import pytest

from endpoints.source.dockerignore import ignored

PATHS = [
    ".env",
    "README.md",
    "app.py",
    "data/a.csv",
    "data/deep/b.csv",
    "docs/README.md",
    "docs/data/c.csv",
    "notes.md",
    "src/app.py",
    "src/test_app.py",
]


def excluded(directory: Path, text: str) -> set[str]:
    (directory / ".dockerignore").write_text(text, encoding="utf-8")
    return ignored(directory, PATHS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("# data\n\n   \n", set()),
        ("data", {"data/a.csv", "data/deep/b.csv"}),
        ("/data/", {"data/a.csv", "data/deep/b.csv"}),
        ("./data/../data", {"data/a.csv", "data/deep/b.csv"}),
        ("  data  ", {"data/a.csv", "data/deep/b.csv"}),
        ("data/*.csv", {"data/a.csv"}),
        ("data/?.csv", {"data/a.csv"}),
        ("*.md", {"README.md", "notes.md"}),
        ("**/*.md", {"README.md", "notes.md", "docs/README.md"}),
        ("**/data", {"data/a.csv", "data/deep/b.csv", "docs/data/c.csv"}),
        ("*/data", {"docs/data/c.csv"}),
        ("data/**", {"data/a.csv", "data/deep/b.csv"}),
        ("data/**/b.csv", {"data/deep/b.csv"}),
        ("data/**/a.csv", {"data/a.csv"}),
        ("src/test_*", {"src/test_app.py"}),
        (".env", {".env"}),
        ("app", set()),
        ("a.p", set()),
        ("*.md\n!README.md", {"notes.md"}),
        ("!README.md\n*.md", {"README.md", "notes.md"}),
        ("data\n!data/deep", {"data/a.csv"}),
        ("docs\n!docs/README.md", {"docs/data/c.csv"}),
        ("*\n! src\n! app.py", set(PATHS) - {"app.py", "src/app.py", "src/test_app.py"}),
        ("**\n!app.py", set(PATHS) - {"app.py"}),
    ],
)
def test_patterns_are_those_of_docker(tmp_path: Path, text: str, expected: set[str]) -> None:
    """BuildKit 0.31 left out the same files in each case."""
    assert excluded(tmp_path, text) == expected


@pytest.mark.parametrize("line", ["[a-z]*.md", "data/**.csv", "a\\\\*", "../data"])
def test_with_a_rare_pattern_everything_is_left_to_the_builder(tmp_path: Path, line: str) -> None:
    assert excluded(tmp_path, f"data\n{line}\n") == set()


def test_without_the_file_nothing_is_excluded(tmp_path: Path) -> None:
    assert ignored(tmp_path, PATHS) == set()


def test_a_file_that_is_no_text_is_left_to_the_builder(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"data\n\xff\n")
    assert ignored(tmp_path, PATHS) == set()
