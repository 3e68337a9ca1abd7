"""The resource plugins of the engine, under PULUMI_HOME/plugins.

They are downloaded where that is possible. Elsewhere the plugins that are built from tools/ take their place,
under the same name and version; the refusal is remembered for a day, so that starts stay quick.
"""

import os
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

from localcluster.engine.programs import EngineSetupError, find_program, link_program

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


@dataclass(frozen=True)
class Plugin:
    """A plugin that is in place."""

    version: str
    """The version that the SDK asks for."""
    is_downloaded: bool
    """Whether it is of that version; else it is the one that tools/ builds."""


def ensure_plugin(
    name: str, pulumi_home: Path, tool_directories: list[Path], pulumi: Path, python: Path
) -> Plugin:
    """Put a plugin in place for the SDK that `python` has.

    Raises EngineSetupError where it can neither be downloaded nor is it built.
    """
    version = _sdk_version(python, f"pulumi_{name.replace('-', '_')}")
    program = _plugin_program(pulumi_home, name, version)
    if program.exists() and _downloaded_mark(program).exists():
        return Plugin(version, is_downloaded=True)
    if not _refused_lately(pulumi_home):
        if _is_reachable() and _download(pulumi_home, pulumi, name, version):
            return Plugin(version, is_downloaded=True)
        _refusal_file(pulumi_home).touch()
    built = find_program(program.name, tool_directories)
    if built is None:
        raise EngineSetupError(
            f"the {name} plugin {version} cannot be downloaded and is not built; run `python -m "
            "localcluster tools` to build it"
        )
    program.parent.mkdir(parents=True, exist_ok=True)
    link_program(program, built, symbolic=False)
    return Plugin(version, is_downloaded=False)


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


def _downloaded_mark(program: Path) -> Path:
    return program.with_name("downloaded")


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
        _downloaded_mark(downloaded).touch()
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


def _refusal_file(pulumi_home: Path) -> Path:
    return pulumi_home / "plugins-refused"


def _refused_lately(pulumi_home: Path) -> bool:
    try:
        age = time.time() - _refusal_file(pulumi_home).stat().st_mtime
    except FileNotFoundError:
        return False
    return 0 <= age < _REFUSAL_LIFETIME_SECONDS
