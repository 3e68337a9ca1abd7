"""What is asked of the package managers of distributions; stand-ins of apt-get, apk and dnf note it down."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.serving.test_python_packages import SERVING

STAND_IN = """#!/bin/sh
echo "{name} $*" >> {log}
case "{name} $*" in
    "dpkg-query "*|"rpm "*) cat {installed} ;;
    *" install "*gcc*) printf 'gcc\\nlibgcc\\n' >> {installed} ;;
esac
case "$*" in
    *absent*) echo "{refusal}"; exit 100 ;;
esac
"""
COMMANDS = ("basename", "cat", "comm", "grep", "id", "mktemp", "rm", "sed", "sh", "sort", "tail", "tee")


class Image:
    """Commands that a script finds, and what it has run of them."""

    def __init__(self, directory: Path, managers: tuple[str, ...], refusal: str = "") -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.log = directory / "log"
        self.log.touch()
        (directory / "installed").write_text("base\n")
        for command in COMMANDS:
            (self.bin / command).symlink_to(f"/usr/bin/{command}")
        for name in managers:
            text = STAND_IN.format(
                name=name, log=self.log, installed=directory / "installed", refusal=refusal
            )
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run the script and return its status and the last line of its output."""
        result = subprocess.run(
            ["/bin/sh", str(SERVING / "install-system-packages.sh"), *arguments],
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return result.returncode, (result.stdout.splitlines() or [""])[-1]

    @property
    def commands(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.mark.parametrize(
    ("managers", "install", "remove"),
    [
        (
            ("apt-get", "dpkg-query"),
            "apt-get install --yes --no-install-recommends gcc",
            "apt-get purge --yes gcc libgcc",
        ),
        (("apk",), "apk add --no-cache --virtual .valohai-build gcc", "apk del --no-network .valohai-build"),
        (("dnf", "rpm"), "dnf install -y gcc", "dnf remove -y gcc libgcc"),
        (("microdnf", "rpm"), "microdnf install -y gcc", "microdnf remove -y gcc libgcc"),
    ],
)
def test_build_packages_are_removed_after_the_command_that_needs_them(
    tmp_path: Path, managers: tuple[str, ...], install: str, remove: str
) -> None:
    image = Image(tmp_path, managers)
    own = f"echo installing >> {image.log}"
    assert image.run("--while", str(os.getuid()), "gcc", "--", "sh", "-c", own)[0] == 0
    steps = [image.commands.index(step) for step in (install, "installing", remove)]
    assert steps == sorted(steps)


def test_system_packages_stay(tmp_path: Path) -> None:
    image = Image(tmp_path, ("apk",))
    assert image.run("libgomp1", "git")[0] == 0
    assert image.commands == ["apk add --no-cache libgomp1 git"]


def test_the_status_of_the_command_is_kept_and_nothing_is_cleaned_up_for_an_image_that_fails(
    tmp_path: Path,
) -> None:
    image = Image(tmp_path, ("apk",))
    assert image.run("--while", "0", "gcc", "--", "sh", "-c", "exit 90")[0] == 90
    assert not [command for command in image.commands if "del" in command]


@pytest.mark.parametrize(
    ("managers", "refusal", "status"),
    [
        (("apt-get", "dpkg-query"), "E: Unable to locate package absent", 72),
        (("apk",), "  absent (no such package):", 72),
        (("dnf", "rpm"), "No match for argument: absent", 72),
        (("apt-get", "dpkg-query"), "W: Failed to fetch http://deb.debian.org  Could not connect", 73),
        (("apt-get", "dpkg-query"), "E: You don't have enough free space in /var/cache/apt/archives/.", 93),
        (("apk",), "ERROR: a new kind of failure", 74),
    ],
)
def test_the_last_line_names_the_packages_and_the_status_the_reason(
    tmp_path: Path, managers: tuple[str, ...], refusal: str, status: int
) -> None:
    ended, line = Image(tmp_path, managers, refusal).run("libgomp1", "absent")
    assert ended == status
    assert line.startswith("could not install: libgomp1 absent; for: ")
    assert line.endswith(f"; {managers[0]}: {refusal.strip() if status == 74 else refusal}")


def test_an_image_without_a_package_manager_is_told_so(tmp_path: Path) -> None:
    ended, line = Image(tmp_path, ()).run("libgomp1")
    assert ended == 71
    assert line.endswith("; none: none of apt-get, apk, dnf, microdnf and yum is there")
