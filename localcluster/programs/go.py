"""Programs built from the pinned Go modules under tools/, into a cache that all clones share.

Each group is a directory with go.mod, go.sum and build.toml:

    programs      name of the program = Go package that it is built from
    tags          build tags
    inlined       packages that are compiled with inlining, as the standard library is
    definitions   values of string variables; `{module path}` stands for that module's version in go.mod
    files         files and directories copied out of a module beside the programs: name = {module, path}

A group may have files alone.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.commands import DOWNLOAD_LIMIT_SECONDS, run
from localcluster.errors import ClusterError
from localcluster.programs.cache import completed_directory

REPORT_EVERY_SECONDS = 10.0
FEW_PROCESSORS = 4
"""Up to so many processors, each compiler keeps to one thread."""

ENVIRONMENT = {
    "CGO_ENABLED": "0",
    # The compiler's memory is cheap and its garbage collection is not; values from the caller win.
    "GOGC": "off",
    "GOMEMLIMIT": "1GiB",
}


@dataclass(frozen=True)
class Group:
    """One directory under tools/."""

    directory: Path
    programs: Mapping[str, str]
    tags: tuple[str, ...]
    inlined: tuple[str, ...]
    definitions: Mapping[str, str]
    files: Mapping[str, Mapping[str, str]]

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.directory.name

    @property
    def arguments(self) -> list[str]:
        """Arguments of `go build` that decide what comes out."""
        versions = module_versions((self.directory / "go.mod").read_text())
        # Without symbol tables and debugging information: a third smaller and faster to link.
        linker = ["-s", "-w"]
        for variable, value in self.definitions.items():
            linker += ["-X", f"{variable}={_filled(value, versions)}"]
        # Debugging information is a tenth of the compiler's work, and the linker drops it anyway; inlining is
        # a fifth. Programs without it are slower, which a cluster for tests hardly shows.
        return [
            "-mod=readonly",
            "-trimpath",
            "-gcflags=all=-dwarf=false -l",
            # Of two patterns that match a package the last one counts.
            *(f"-gcflags={pattern}=-dwarf=false" for pattern in ("std", *self.inlined)),
            f"-tags={','.join(self.tags)}",
            f"-ldflags={' '.join(linker)}",
        ]


def load_group(directory: Path) -> Group:
    """Read a group's build.toml."""
    settings = tomllib.loads((directory / "build.toml").read_text())
    return Group(
        directory=directory,
        programs=settings["programs"],
        tags=tuple(settings.get("tags", ())),
        inlined=tuple(settings.get("inlined", ())),
        definitions=settings.get("definitions", {}),
        files=settings.get("files", {}),
    )


def module_versions(go_mod: str) -> dict[str, str]:
    """Read modules and their versions, as replacements leave them, from the text of a go.mod."""
    required = re.findall(r"^(?:require)?\s+([^\s()]+) (v[^\s]+)", go_mod, re.MULTILINE)
    replaced = re.findall(r"^(?:replace)?\s+(\S+) => \1 (v\S+)$", go_mod, re.MULTILINE)
    return dict(required) | dict(replaced)


def cache_key(group: Group, go_version: str) -> str:
    """Digest of all that decides what a group's programs are.

    `go_version` is what `go version` prints, platform included.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in group.directory.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(group.directory)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    digest.update(repr((group.arguments, go_version, ENVIRONMENT["CGO_ENABLED"])).encode())
    return digest.hexdigest()[:16]


def program_directory(group: Group, cache: Path) -> Path:
    """Where a group's programs are, or will be."""
    return cache / "tools" / f"{group.name}-{cache_key(group, run(['go', 'version']))}" / "bin"


def fetch_modules(group: Group, cache: Path, environment: Mapping[str, str], progress: Progress) -> None:
    """Fetch the modules of a group that is not built yet; this can run while another group is built."""
    if program_directory(group, cache).exists() or not (group.directory / "go.sum").stat().st_size:
        return
    progress.say(f"fetching Go modules of {group.name}")
    _packages(group, {**ENVIRONMENT, **environment})


def ensure_programs(group: Group, cache: Path, environment: Mapping[str, str], progress: Progress) -> Path:
    """Build a group unless the cache has it, and give the directory of its programs.

    Raises ClusterError when Go fails.
    """
    programs = program_directory(group, cache)
    with completed_directory(programs.parent) as partial:
        if partial is not None:
            _build(group, partial / "bin", {**ENVIRONMENT, **_threads(), **environment}, progress)
    return programs


def _build(group: Group, target: Path, environment: Mapping[str, str], progress: Progress) -> None:
    started = progress.elapsed
    target.mkdir()
    if group.programs:
        progress.say(f"building {group.name} ({', '.join(group.programs)})")
        packages = list(group.programs.values())
        total = len(_packages(group, environment))
        with tempfile.TemporaryDirectory(dir=target.parent) as built:
            arguments = [*group.arguments, "-v", "-o", f"{built}/", *packages]
            _compile(group, arguments, total, environment, progress)
            for program, package in group.programs.items():
                Path(built, default_name(package)).rename(target / program)
        progress.say(f"building {group.name}: done in {progress.elapsed - started:.0f} s")
    _copy_files(group, target, environment)


def _copy_files(group: Group, target: Path, environment: Mapping[str, str]) -> None:
    """Copy files out of their modules, which Go fetches and compares with go.sum where it has them not."""
    modules = sorted({source["module"] for source in group.files.values()})
    if not modules:
        return
    _go(["mod", "download", *modules], group, environment)
    listed = _go(
        ["list", "-mod=readonly", "-m", "-f", "{{.Path}} {{.Dir}}", *modules], group, environment
    ).splitlines()
    directories = dict(line.split(" ", 1) for line in listed)
    for name, source in group.files.items():
        origin = Path(directories[source["module"]], source["path"])
        if origin.is_dir():
            shutil.copytree(origin, target / name, copy_function=shutil.copyfile)
            # Go keeps modules in directories that nobody may write to, and nobody could remove the copies.
            for directory in (target / name, *(target / name).rglob("*/")):
                directory.chmod(0o755)
        else:
            shutil.copy(origin, target / name)
            (target / name).chmod(0o755)


def _compile(
    group: Group, arguments: list[str], total: int, environment: Mapping[str, str], progress: Progress
) -> None:
    """Run `go build -v`, which prints each package as it is compiled.

    Packages that Go's own cache has are not printed.
    """
    command = ["go", "build", f"-p={_processors()}", *arguments]
    reported, compiled, last_lines = progress.elapsed, 0, deque[str](maxlen=20)
    with subprocess.Popen(
        command,
        cwd=group.directory,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            last_lines.append(line.rstrip())
            if re.fullmatch(r"[\w.\-/]+", line.strip()):
                compiled += 1
            if progress.elapsed - reported >= REPORT_EVERY_SECONDS:
                reported = progress.elapsed
                progress.say(f"building {group.name}: {compiled} of at most {total} packages compiled")
    if process.returncode != 0:
        raise ClusterError(f"building {group.name} in {group.directory} failed: " + "\n".join(last_lines))


def _processors() -> int:
    return len(os.sched_getaffinity(0))


def _threads() -> dict[str, str]:
    """Give the limit of threads for each compiler.

    With few processors there is a compiler for each of them at nearly all times, and more threads in one only
    take from the others; with many, single large packages would be waited for.
    """
    return {"GOMAXPROCS": "1"} if _processors() <= FEW_PROCESSORS else {}


def _packages(group: Group, environment: Mapping[str, str]) -> list[str]:
    """List every package that a group is made of; Go fetches their modules for that."""
    arguments = ["list", "-mod=readonly", "-deps", f"-tags={','.join(group.tags)}", *group.programs.values()]
    return _go(arguments, group, environment).splitlines()


def _go(arguments: list[str], group: Group, environment: Mapping[str, str]) -> str:
    return run(
        ["go", *arguments],
        environment=environment,
        directory=group.directory,
        limit_seconds=DOWNLOAD_LIMIT_SECONDS,
    )


def default_name(package: str) -> str:
    """Name the program as `go build` does: by the last part of the path that is no major version."""
    parts = package.split("/")
    return parts[-2] if re.fullmatch(r"v\d+", parts[-1]) else parts[-1]


def _filled(value: str, versions: Mapping[str, str]) -> str:
    """Replace each `{module path}` by the module's version; `{module path#}` leaves out its leading v."""

    def version(match: re.Match[str]) -> str:
        name = match.group(1)
        return versions[name.removesuffix("#")].removeprefix("v" if name.endswith("#") else "")

    return re.sub(r"\{([^}]+)\}", version, value)
