"""Takes the files of a commit out of git, those of its submodules among them."""

import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from endpoints.errors import ProjectError
from endpoints.source.git import path_in_repository
from endpoints.source.git_command import complaint, run_git
from endpoints.source.submodules import Repository, find_submodule

_SAME_CONTENT_EVERYWHERE = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")
_SUBMODULE = b"160000 commit "


def extract_commit(
    repository: Repository, commit: str, target: Path, skip: Callable[[str], bool], root: Path
) -> None:
    """Write the files of `repository` as they are in `commit` into `target`, but for those that `skip` names.

    Line ends are those in the repository, whatever this machine's git is set to. `export-ignore` attributes
    hold. Submodules are as the commit pins them; mirrors of theirs are made below `root`. Raises ProjectError
    if the commit does not have the directory, or cannot be taken out whole.
    """
    directory, shown_as = repository.directory, repository.shown_as

    def wanted(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
        return None if skip(member.name) else tarfile.data_filter(member, path)

    inside = path_in_repository(directory)
    if (
        inside
        and run_git(directory, "rev-parse", "--quiet", "--verify", f"{commit}:{inside}").returncode != 0
    ):
        raise ProjectError(
            f"{shown_as}: this commit has no directory {inside.rstrip('/')}; "
            "give another commit, or the source as it was called then"
        )
    with tempfile.TemporaryDirectory() as temporary:
        archive = Path(temporary, "commit.tar")
        made = run_git(
            directory, *_SAME_CONTENT_EVERYWHERE, "archive", "--format=tar", f"--output={archive}", commit
        )
        if made.returncode != 0:
            raise ProjectError(f"{shown_as}: git cannot take commit {commit} out: {complaint(made)}")
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(target, filter=wanted)
        except tarfile.FilterError as error:
            raise ProjectError(f"{shown_as}: commit {commit} cannot be unpacked safely: {error}") from None
    for path, pinned in _submodules(directory, commit):
        if skip(path):
            continue
        submodule = find_submodule(repository, commit, path, pinned, root)
        extract_commit(submodule, pinned, target / path, skip, root)


def _submodules(directory: Path, commit: str) -> Iterator[tuple[str, str]]:
    """Yield path and pinned commit of each submodule below a directory, as the commit has them."""
    listed = run_git(directory, "ls-tree", "-r", "-z", commit)
    for entry in listed.stdout.split(b"\0"):
        if entry.startswith(_SUBMODULE):
            pinned, _, path = entry.removeprefix(_SUBMODULE).partition(b"\t")
            yield os.fsdecode(path), pinned.decode()
