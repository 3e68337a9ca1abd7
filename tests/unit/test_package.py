"""The package that teams install: what is in it, what it needs, and what a team's project is made of."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TEMPLATES = [ROOT / "template", ROOT / "template-managed"]


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the wheel."""
    directory = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(directory),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def committed(directory: str) -> set[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", directory]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name for name in names if (ROOT / name).exists()}


def test_the_wheel_holds_both_programs_whole(contents: dict[str, bytes]) -> None:
    projects_own = {"managed/__main__.py", "managed/Pulumi.yaml"} | committed("managed/stacks")
    programs = (committed("endpoints") | committed("managed")) - projects_own
    assert programs <= contents.keys()
    assert not projects_own & contents.keys()


def test_what_images_are_made_of_is_the_same_in_the_wheel(contents: dict[str, bytes]) -> None:
    """Another file, or another byte, would build all images again when a team moves to the package."""
    serving = {name: content for name, content in contents.items() if name.startswith("endpoints/serving/")}
    assert serving == {name: (ROOT / name).read_bytes() for name in committed("endpoints/serving")}


def test_the_wheel_holds_the_schema_of_stack_files(contents: dict[str, bytes]) -> None:
    schema = "endpoints/stack_file/stack.schema.json"
    assert contents[schema] == (ROOT / schema).read_bytes()


def test_the_wheel_holds_no_tests_and_nothing_of_the_embedded_cluster(contents: dict[str, bytes]) -> None:
    rooms = {name.partition("/")[0] for name in contents}
    assert rooms == {"endpoints", "managed", f"valohai_endpoints-{PROJECT['version']}.dist-info"}
    assert not [name for name in contents if Path(name).name.startswith(("test_", "conftest"))]


def pinned(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    found = [re.match(r"([\w-]+)==([\w.]+)", line) for line in lines]
    return {pin[1]: pin[2] for pin in found if pin}


def test_both_ends_of_each_dependency_are_versions_that_the_tests_run_with() -> None:
    newest, oldest = pinned("constraints.txt"), pinned("tests/oldest-requirements.txt")
    newest = {name.lower().replace("_", "-"): version for name, version in newest.items()}
    ranges = {name: f">={version},<={newest[name]}" for name, version in oldest.items()}
    assert PROJECT["dependencies"] == [f"{name}{versions}" for name, versions in ranges.items()]


def imported(file: str) -> Iterator[str]:
    """Yield the packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_every_package_that_is_imported_is_a_dependency_or_comes_with_one() -> None:
    declared = {re.split("[<>=]", line)[0].replace("-", "_") for line in PROJECT["dependencies"]}
    # Of pulumi, of pulumi, of pydantic, of kubernetes; and PyYAML's module has another name.
    known = declared | {"google", "grpc", "pydantic_core", "urllib3", "yaml", "endpoints", "managed"}
    files = [
        file
        for file in committed("endpoints") | committed("managed")
        if file.endswith(".py") and not file.startswith("endpoints/serving/")
    ]
    found = {package for file in files for package in imported(file)}
    assert "pulumi" in found
    assert found - known - set(sys.stdlib_module_names) == set()


def test_to_import_the_package_does_not_import_pulumi() -> None:
    code = "import sys, endpoints, managed; print('pulumi' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert printed.stdout == "False\n"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_installs_the_version_of_this_package(template: Path) -> None:
    wheel = f"./wheels/valohai_endpoints-{PROJECT['version']}-py3-none-any.whl"
    assert (template / "requirements.txt").read_text().splitlines()[-1] == wheel


@pytest.mark.parametrize(
    ("template", "project", "package"),
    [("template", ".", "endpoints"), ("template-managed", "managed", "managed")],
)
def test_a_template_is_the_project_of_this_repository(template: str, project: str, package: str) -> None:
    made, own = (yaml.safe_load((ROOT / place / "Pulumi.yaml").read_text()) for place in (template, project))
    assert made["name"] == own["name"] == package
    assert made["stackConfigDir"] == own["stackConfigDir"]
    assert made["requiredPulumiVersion"] == own["requiredPulumiVersion"]
    # `pulumi new` stores answers as strings, which an object's type would refuse.
    assert own["config"].pop("cluster")["type"] == "object"
    assert made["config"] == own["config"]
    assert (ROOT / template / "__main__.py").read_text().endswith(f"\nimport {package}\n\n{package}.run()\n")


def test_a_template_asks_for_the_organization_and_the_cluster() -> None:
    asked = yaml.safe_load((ROOT / "template/Pulumi.yaml").read_text())["template"]["config"]
    assert asked.keys() == {"organization", "cluster"}


def test_the_policies_of_the_template_are_those_of_this_repository() -> None:
    of_template, own = (ROOT / place / "policies/settings.yaml" for place in ("template", "."))
    assert of_template.read_text() == own.read_text()
