"""Takes a project out of its source and reads its valohai.yaml."""

from pathlib import Path

from endpoints.errors import Problem, ProjectError
from endpoints.manifest import Manifest, read_manifest
from endpoints.source import Source, materialize
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
        raise ProjectError(Problem(shown_as, None, "", f"there is no such file; {_remedy(source)}"))
    return source, read_manifest(path, shown_as)


def _remedy(source: Source) -> str:
    found = [path for path in walk(source.directory) if Path(path).name in ("valohai.yaml", "valohai.yml")]
    if found:
        return f"set the deployment's yaml to what is there: {listing(found)}"
    if source.commit is not None:
        return "this commit has none; give another commit, or the deployment's yaml if it has another name"
    return "a project needs one; if it has another name, set the deployment's yaml"
