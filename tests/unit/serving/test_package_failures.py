"""What the installation of packages ends with: a status for the reason, and a line with the requirement."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.serving.test_python_packages import SERVING

PIP = """
import os, signal, sys
if sys.argv[1:] == ["--version"]:
    sys.exit(0)
print(os.environ["SAID"])
if os.environ.get("KILLED"):
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(1)
"""
"""In place of pip: it says what a variable holds."""

COMPILED = """
Collecting requests==2.34.2 (from -r requirements.txt (line 1))
  Using cached requests-2.34.2-py3-none-any.whl.metadata (4.9 kB)
Collecting {requirement} (from -r requirements.txt (line 2))
  Downloading {name}-1.0.tar.gz (384 kB)
  Preparing metadata (setup.py): finished with status 'done'
Building wheels for collected packages: {name}
  Building wheel for {name} (setup.py): started
  error: subprocess-exited-with-error
      {said}
  ERROR: Failed building wheel for {name}
"""


def compiled(said: str, requirement: str = "fast_model==1.0", name: str = "fast-model") -> str:
    return COMPILED.format(said=said, requirement=requirement, name=name)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("failing") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True, timeout=120)
    (package,) = directory.glob("lib/*/site-packages")
    (package / "pip").mkdir()
    (package / "pip/__init__.py").touch()
    (package / "pip/__main__.py").write_text(PIP)
    return directory


def install(environment: Path, said: str, **variables: str) -> tuple[int, str]:
    """Return the exit status and the last line of the output."""
    result = subprocess.run(
        ["/bin/sh", str(SERVING / "install-python-packages.sh"), "-r", "requirements.txt"],
        env={"PATH": f"{environment}/bin{os.pathsep}/usr/bin", "SAID": said, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result.returncode, result.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("said", "status", "requirement", "reason"),
    [
        (
            compiled("error: command 'gcc' failed: No such file or directory"),
            90,
            "fast_model==1.0 (requirements.txt, line 2)",
            "error: command 'gcc' failed",
        ),
        (
            compiled("src/model.c:3:10: fatal error: sndfile.h: No such file or directory"),
            91,
            "fast_model==1.0 (requirements.txt, line 2)",
            "src/model.c:3:10: fatal error: sndfile.h",
        ),
        (
            compiled("../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]"),
            90,
            "fast_model==1.0 (requirements.txt, line 2)",
            "../meson.build:1:0",
        ),
        (
            compiled("error: can't find Rust compiler"),
            90,
            "fast_model==1.0 (requirements.txt, line 2)",
            "error: can't find Rust compiler",
        ),
        (
            compiled(
                "model.c:3:1: error: unknown\n      error: command '/usr/bin/gcc' failed with exit code 1"
            ),
            99,
            "fast_model==1.0 (requirements.txt, line 2)",
            "error: command '/usr/bin/gcc' failed with exit code 1",
        ),
        (
            compiled("ModuleNotFoundError: No module named 'distutils'"),
            96,
            "fast_model==1.0 (requirements.txt, line 2)",
            "ModuleNotFoundError",
        ),
        (
            "Collecting model==1.0 (from -r requirements.txt (line 1))\n"
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            93,
            "model==1.0 (requirements.txt, line 1)",
            "ERROR: Could not install packages",
        ),
        (
            "Collecting demo@ git+https://git.acme.example/demo.git (from -r requirements.txt (line 1))\n"
            "  ERROR: Error [Errno 2] No such file or directory: 'git' while executing command git version\n"
            "ERROR: Cannot find command 'git' - do you have 'git' installed and in your PATH?",
            88,
            "demo@ git+https://git.acme.example/demo.git (requirements.txt, line 1)",
            "ERROR: Error [Errno 2] No such file or directory: 'git'",
        ),
        (
            "Collecting demo@ git+https://git.acme.example/demo.git (from -r requirements.txt (line 1))\n"
            "  fatal: could not read Username for 'https://git.acme.example': terminal prompts disabled\n",
            89,
            "demo@ git+https://git.acme.example/demo.git (requirements.txt, line 1)",
            "fatal: could not read Username",
        ),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('refused')'\n"
            "ERROR: Could not find a version that satisfies the requirement model (from versions: none)\n"
            "ERROR: No matching distribution found for model==1.0",
            86,
            "model==1.0",
            "WARNING: Retrying",
        ),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'ReadTimeoutError('slow')'\n"
            + compiled("error: command 'gcc' failed: No such file or directory"),
            90,
            "fast_model==1.0 (requirements.txt, line 2)",
            "error: command 'gcc' failed",
        ),
        (
            "Looking in indexes: https://robot:****@pypi.acme.example/simple\n"
            "WARNING: 401 Error, Credentials not correct for https://robot:s73577357@pypi.acme.example/simple/m/\n"
            "ERROR: No matching distribution found for model==1.0",
            85,
            "model==1.0",
            "WARNING: 401 Error, Credentials not correct for https://robot:****@pypi.acme.example/simple/m/",
        ),
        ("ERROR: a new kind of failure", 1, "unknown", "see above"),
    ],
)
def test_the_last_line_names_the_requirement_and_the_status_the_reason(
    environment: Path, said: str, status: int, requirement: str, reason: str
) -> None:
    ended, line = install(environment, said)
    assert ended == status
    assert line.startswith(f"could not install: {requirement}; for: Python 3.")
    assert f"; pip: {reason}" in line


def test_a_killed_pip_has_a_status_of_its_own(environment: Path) -> None:
    ended, line = install(environment, "Collecting model==1.0", KILLED="1")
    assert ended == 98
    assert line.endswith("; pip: pip was killed")
