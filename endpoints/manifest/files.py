"""Reads the model files that an endpoint expects in its image."""

import posixpath

from endpoints.manifest.findings import Findings, Item
from endpoints.manifest.models import File
from endpoints.wording import quote


def read_files(item: Item, findings: Findings) -> tuple[File, ...]:
    """Return the files, paths in normal form: relative to the repository, inside it, no two alike."""
    files: list[File] = []
    for index, entry in enumerate(item.get("files", ())):
        at = ("files", index)
        name, path = entry["name"], posixpath.normpath(entry["path"])
        if not name.strip():
            findings.add((*at, "name"), "found an empty text; give the file a name, such as model")
        if problem := _path_problem(entry["path"], path):
            findings.add((*at, "path"), problem)
        if any(name == earlier.name for earlier in files):
            findings.add((*at, "name"), f"found {quote(name)} twice; each file has its own name")
        for earlier in [file.path for file in files if _overlap(path, file.path)][:1]:
            findings.add(
                (*at, "path"), f"found {quote(path)}, which overlaps with {quote(earlier)}; move one"
            )
        files.append(File(name, path, entry.get("description"), findings.line(at)))
    return tuple(files)


def _path_problem(written: str, path: str) -> str | None:
    allowed = "allowed: a file's path relative to the repository, such as models/model.pkl"
    if not written.strip() or path == "." or written.endswith("/"):
        return f"found {quote(written)}; {allowed}"
    if path.startswith("/"):
        return f"found {quote(written)}, an absolute path; {allowed}"
    if path.split("/")[0] == "..":
        return f"found {quote(written)}, which leaves the repository; {allowed}"
    if not written.isprintable():
        return f"found {quote(written)}, which holds control characters; {allowed}"
    return None


def _overlap(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one would have to be a file and a directory."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")
