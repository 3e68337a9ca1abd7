"""The resource plugins of the engine, under PULUMI_HOME/plugins.

The official Kubernetes plugin is tried first. Where it cannot be downloaded, a launcher for the development
plugin takes its place, under the same name and version, and the refusal is remembered for a day so that
starts stay quick.
"""

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcluster.engine_programs import EngineSetupError, find_program

_DOWNLOAD_LIMIT_SECONDS: Final = 300.0
_REFUSAL_LIFETIME_SECONDS: Final = 24 * 3600.0
_REFUSED: Final = "Error downloading plugin"
"""What the CLI says at each failed attempt; it makes five, with growing pauses, and one is enough here."""

_PLUGIN_SERVER: Final = ("get.pulumi.com", 443)
_CONNECTION_LIMIT_SECONDS: Final = 5.0
_DETOURS: Final = (
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES",
)

_LAUNCHER_MARK: Final = "-m localcluster.kubernetes_provider"


@dataclass(frozen=True)
class KubernetesPlugin:
    """The plugin in use."""

    is_official: bool
    sentence: str
    """One line for the user."""


def ensure_kubernetes_plugin(pulumi_home: Path, pulumi: Path, python: Path) -> KubernetesPlugin:
    """Put a Kubernetes plugin in place for the SDK that `python` has, the official one if it can be had."""
    version = _sdk_version(python, "pulumi_kubernetes")
    program = _plugin_program(pulumi_home, "kubernetes", version)
    if program.exists() and not _is_launcher(program):
        return KubernetesPlugin(True, f"Kubernetes plugin: the official one, {version}")
    if not _refused_lately(pulumi_home, version):
        if _is_reachable() and _download(pulumi_home, pulumi, "kubernetes", version):
            return KubernetesPlugin(True, f"Kubernetes plugin: the official one, {version}")
        _remember_refusal(pulumi_home, version)
    _write_launcher(program, python)
    return KubernetesPlugin(
        False,
        f"Kubernetes plugin: the development plugin of this repository, because the official one ({version}) "
        "cannot be downloaded here; tried again after a day",
    )


def ensure_docker_build_plugin(
    pulumi_home: Path, tool_directories: list[Path], pulumi: Path, python: Path, *, official: bool
) -> None:
    """Put the docker-build plugin in place.

    It is downloaded if `official` plugins can be, else it is the one built from tools/. Raises
    EngineSetupError where neither is possible.
    """
    version = _sdk_version(python, "pulumi_docker_build")
    program = _plugin_program(pulumi_home, "docker-build", version)
    built = find_program(program.name, tool_directories)
    if program.exists() and (built is None or official or program.samefile(built)):
        return
    if official and _download(pulumi_home, pulumi, "docker-build", version):
        return
    if built is None:
        raise EngineSetupError(
            f"the docker-build plugin {version} can neither be downloaded nor is it built; run "
            "`python -m localcluster tools` to build it"
        )
    program.parent.mkdir(parents=True, exist_ok=True)
    program.unlink(missing_ok=True)
    try:
        program.hardlink_to(built)
    except OSError:  # another file system
        shutil.copy2(built, program)


def _sdk_version(python: Path, package: str) -> str:
    """Return the version of an installed package, by the name of its directory; no interpreter is started."""
    library = python.parent.parent / "lib"
    for metadata in sorted(library.glob(f"python3*/site-packages/{package}-*.dist-info")):
        return metadata.name.removeprefix(f"{package}-").removesuffix(".dist-info")
    raise EngineSetupError(
        f"{package} is not installed in {python.parent.parent}; install requirements.txt there"
    )


def _plugin_program(pulumi_home: Path, name: str, version: str) -> Path:
    return pulumi_home / "plugins" / f"resource-{name}-v{version}" / f"pulumi-resource-{name}"


def _is_launcher(program: Path) -> bool:
    with program.open("rb") as file:
        return _LAUNCHER_MARK.encode() in file.read(4096)


def _write_launcher(program: Path, python: Path) -> None:
    """Write the script that starts the development plugin from this clone.

    It replaces itself (`exec`), so that the engine's process is the plugin's parent, and does not look for
    modules in the directory of the user's program (`-P`).
    """
    clone = Path(__file__).resolve().parent.parent
    content = (
        "#!/bin/sh\n"
        f"export PYTHONPATH={shlex.quote(str(clone))}\n"
        f'exec {shlex.quote(str(python))} -P {_LAUNCHER_MARK} "$@"\n'
    )
    if program.exists() and program.read_text() == content:
        return
    program.parent.mkdir(parents=True, exist_ok=True)
    fresh = program.with_name(f".{program.name}.{os.getpid()}")
    fresh.write_text(content)
    fresh.chmod(0o755)
    fresh.replace(program)


def _download(pulumi_home: Path, pulumi: Path, name: str, version: str) -> bool:
    """Let the CLI download a plugin; false at its first failed attempt, which leaves nothing behind."""
    with tempfile.TemporaryDirectory(dir=pulumi_home, prefix=".download-") as directory:
        environment = {**os.environ, "PULUMI_HOME": directory, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        environment.pop("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", None)
        command = [str(pulumi), "plugin", "install", "resource", name, version]
        if not _succeeds(command, environment):
            return False
        downloaded = _plugin_program(Path(directory), name, version)
        if not downloaded.exists():
            return False
        place = _plugin_program(pulumi_home, name, version).parent
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        downloaded.parent.rename(place)
    return True


def _succeeds(command: list[str], environment: dict[str, str]) -> bool:
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        limit = threading.Timer(_DOWNLOAD_LIMIT_SECONDS, process.kill)
        limit.start()
        try:
            assert process.stderr is not None
            if any(_REFUSED in line for line in process.stderr):
                process.kill()
                return False
            return process.wait() == 0
        finally:
            limit.cancel()


def _is_reachable(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether it is worth asking for plugins: their server answers, or a proxy or mirror is set."""
    if any(environment.get(name) for name in _DETOURS):
        return True
    try:
        with socket.create_connection(_PLUGIN_SERVER, timeout=_CONNECTION_LIMIT_SECONDS):
            return True
    except OSError:
        return False


def _refusal_file(pulumi_home: Path, version: str) -> Path:
    return pulumi_home / f"kubernetes-plugin-{version}-refused"


def _refused_lately(pulumi_home: Path, version: str) -> bool:
    try:
        age = time.time() - _refusal_file(pulumi_home, version).stat().st_mtime
    except FileNotFoundError:
        return False
    return 0 <= age < _REFUSAL_LIFETIME_SECONDS


def _remember_refusal(pulumi_home: Path, version: str) -> None:
    _refusal_file(pulumi_home, version).touch()
