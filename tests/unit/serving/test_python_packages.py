"""Where packages are installed when the Python of a base image belongs to a virtual environment."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SERVING = Path(__file__).parents[3] / "endpoints" / "serving"


def run(script: str, *arguments: str, environment: Path) -> str:
    """Run a script as a build does, with the virtual environment alone on PATH; return its output."""
    result = subprocess.run(
        ["/bin/sh", str(SERVING / script), *arguments],
        env={"PATH": f"{environment}/bin", "HOME": str(environment.parent / "home")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Make a virtual environment without pip, as uv does."""
    directory = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True, timeout=120)
    return directory


def make_wheel(directory: Path) -> Path:
    """Make a package of one module, `model`."""
    path = directory / "model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("model.py", "")
        wheel.writestr("model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: model\nVersion: 1.0\n")
        wheel.writestr(
            "model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("model-1.0.dist-info/RECORD", "")
    return path


def test_packages_go_into_the_virtual_environment_once(environment: Path, tmp_path: Path) -> None:
    script, wheel = "install-python-packages.sh", str(make_wheel(tmp_path))
    run(script, "--unless", "model", "--no-index", wheel, environment=environment)
    assert len(list(environment.glob("lib/*/site-packages/model.py"))) == 1
    assert not (tmp_path / "home").exists()
    again = run(script, "--unless", "model", "--no-index", "absent", environment=environment)
    assert again == f"{environment} has model: nothing to install.\n"


def test_a_package_that_python_finds_anywhere_is_left_alone(environment: Path) -> None:
    script = "install-python-packages.sh"
    # `json` is Python's own: not among the installed packages.
    output = run(script, "--unless-found", "json", "--no-index", "absent", environment=environment)
    assert output == "Python has json: nothing to install.\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give directories away")
def test_the_servers_user_gets_the_directories_of_the_environment_and_no_file(environment: Path) -> None:
    run("hand-over-virtual-environment.sh", "10001", environment=environment)
    owned = {path for path in environment.rglob("*") if path.lstat().st_uid == 10001}
    directories = {path for path in environment.rglob("*") if path.is_dir() and not path.is_symlink()}
    assert owned == directories
    assert environment.stat().st_uid == 10001
    assert environment / "bin" in directories


def test_an_image_without_python_has_no_environment_to_hand_over(tmp_path: Path) -> None:
    assert run("hand-over-virtual-environment.sh", "10001", environment=tmp_path / "absent") == ""
