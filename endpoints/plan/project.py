"""Takes a project out of its source and reads its valohai.yaml."""

from pathlib import Path, PurePosixPath

from endpoints.errors import Problem, ProjectError
from endpoints.manifest import Manifest, read_manifest
from endpoints.source import Source, materialize
from endpoints.source.git import is_git_url
from endpoints.source.store import walk
from endpoints.wording import listing


def load_project(root: Path, location: str, commit: str | None, yaml: str) -> tuple[Source, Manifest]:
    """Return the files and the endpoints of the project at `location`, as of `commit`.

    `yaml` is the path of valohai.yaml inside it. Raises ProjectError with every problem found, but for those
    of single endpoints, which matter where such an endpoint is chosen.
    """
    source = materialize(location, commit, root, yaml)
    path, shown_as = source.directory / yaml, f"{source.shown_as}/{yaml}"
    if not path.is_file():
        found = "is a directory" if path.is_dir() else "there is no such file"
        raise ProjectError(Problem(shown_as, None, "", f"{found}; {_remedy(source, location)}"))
    return source, read_manifest(path, shown_as)


def _remedy(source: Source, location: str) -> str:
    found = [path for path in walk(source.directory) if Path(path).name in ("valohai.yaml", "valohai.yml")]
    if found:
        told = f"set the deployment's yaml to what is there: {listing(found)}"
        own = sorted(str(PurePosixPath(location, path).parent) for path in found if "/" in path)
        if is_git_url(location) or not own:
            return told
        return f"{told}; or source to the directory in which its code starts: {listing(own)}"
    if source.commit is not None:
        return "this commit has none; give another commit, or the deployment's yaml if it has another name"
    return "a project needs one; if it has another name, set the deployment's yaml"
