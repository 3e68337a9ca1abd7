from pathlib import Path

from endpoints.source import stage_single_context
from endpoints.source.dockerignore import below
from endpoints.source.store import Store


def part(root: Path, name: str, **files: str) -> Path:
    """Make a directory of the store, as projects and serving code are."""

    def fill(target: Path) -> None:
        for file, text in files.items():
            (target / file.replace("__", ".")).write_text(text)

    return Store(root, name).add(fill)


def test_everything_is_in_one_directory_without_being_copied(tmp_path: Path) -> None:
    parts = {
        "repository": part(tmp_path, "sources", app__py="code"),
        "serving": part(tmp_path, "serving", start__sh="start"),
    }
    context = stage_single_context(parts, "repository", "FROM scratch\n", tmp_path)
    assert (context / "Dockerfile").read_text() == "FROM scratch\n"
    assert (context / "serving/start.sh").read_text() == "start"
    copy = context / "repository/app.py"
    assert copy.stat().st_ino == (parts["repository"] / "app.py").stat().st_ino
    assert copy.stat().st_mode & 0o777 == 0o644
    assert not (context / ".dockerignore").exists()


def test_the_directory_is_named_by_all_that_is_in_it(tmp_path: Path) -> None:
    one, other = (part(tmp_path, "sources", app__py=text) for text in ("one", "other"))
    first = stage_single_context({"repository": one}, "repository", "FROM scratch\n", tmp_path)
    assert first == stage_single_context({"repository": one}, "repository", "FROM scratch\n", tmp_path)
    assert first != stage_single_context({"repository": other}, "repository", "FROM scratch\n", tmp_path)
    assert first != stage_single_context({"repository": one}, "repository", "FROM busybox\n", tmp_path)


def test_what_a_project_ignores_is_ignored_in_its_directory_alone(tmp_path: Path) -> None:
    repository = part(tmp_path, "sources", __dockerignore="*.txt\n!keep.txt\n", app__py="code")
    context = stage_single_context({"repository": repository}, "repository", "FROM scratch\n", tmp_path)
    assert (context / ".dockerignore").read_text() == "repository/*.txt\n!repository/keep.txt\n"


def test_patterns_are_moved_one_directory_down() -> None:
    text = "# comment\n\n/models\n  ./data/  \n! data/keep\n**/*.csv\n"
    assert below("code", text) == "code/models\ncode/data\n!code/data/keep\ncode/**/*.csv\n"
