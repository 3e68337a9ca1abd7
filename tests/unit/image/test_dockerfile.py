import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from endpoints.image.dockerfile import Dockerfile, Download, StoredFile, render_dockerfile
from endpoints.image.requirements import Requirements

SERVING = Path(__file__).parents[3] / "endpoints" / "serving"
REQUIREMENTS = Requirements("requirements.txt", ("requirements.txt", "deps/base.txt"))
FULL = Dockerfile("python:3.11-slim", wsgi=True, requirements=REQUIREMENTS, files=True)


def instructions(dockerfile: Dockerfile) -> list[str]:
    """Return the instructions, continued lines joined."""
    return render_dockerfile(dockerfile).replace("\\\n    ", "").splitlines()


def position(lines: list[str], part: str) -> int:
    found = [number for number, line in enumerate(lines) if part in line]
    assert len(found) == 1, (part, lines)
    return found[0]


def test_what_changes_most_comes_last() -> None:
    lines = instructions(FULL)
    order = [
        "FROM python:3.11-slim",
        '["requirements.txt", "./"]',
        "-r requirements.txt",
        "--unless gunicorn",
        '"start.sh"',
        "COPY --chown=10001:10001 . .",
        "--from=files",
    ]
    positions = [position(lines, part) for part in order]
    assert positions == sorted(positions)


def test_pip_sees_the_files_of_the_requirements_and_nothing_else() -> None:
    before_pip = instructions(FULL)[: position(instructions(FULL), "-r requirements.txt")]
    copies = [line for line in before_pip if line.startswith("COPY")]
    assert copies == [
        'COPY --chown=10001:10001 ["requirements.txt", "./"]',
        'COPY --chown=10001:10001 ["deps/base.txt", "deps/"]',
    ]


def test_requirements_that_name_the_repository_see_all_of_it() -> None:
    lines = instructions(
        Dockerfile("python:3.11", False, Requirements("requirements.txt", ("requirements.txt",), True))
    )
    assert lines.index('COPY --chown=10001:10001 [".", "./"]') < position(lines, "-r requirements.txt")


def test_the_user_may_install_into_the_base_images_virtual_environment_before_pip_runs() -> None:
    lines = instructions(FULL)
    hand_over = position(lines, "hand-over-virtual-environment.sh")
    assert lines.index("USER root") < hand_over < lines.index("USER 10001:10001")
    assert lines.index("USER 10001:10001") < position(lines, "-r requirements.txt")


def test_no_variable_of_the_base_image_hides_the_users_packages() -> None:
    lines = instructions(FULL)
    assert lines[position(lines, "PYTHONNOUSERSITE")].endswith(" PYTHONNOUSERSITE=")


def test_packages_of_the_distribution_come_before_what_changes_more_often() -> None:
    lines = instructions(replace(FULL, system_packages=("libgomp1", "git")))
    step = position(lines, "install-system-packages.sh libgomp1 git")
    assert lines.index("USER root") < step < position(lines, "/etc/passwd")
    assert [line for line in lines if line != lines[step]] == instructions(FULL)


def test_build_packages_are_there_only_around_the_requirements_which_the_user_installs() -> None:
    lines = instructions(replace(FULL, build_packages=("git", "gcc"), build_secrets=("GIT_TOKEN",)))
    step = position(lines, "-r requirements.txt")
    assert lines[step - 1] == "USER root"
    assert lines[step + 1] == "USER 10001:10001"
    assert "install-system-packages.sh --while 10001 git gcc -- sh /valohai/serving/install-py" in lines[step]
    secret = "id=variable-GIT_TOKEN,target=/run/secrets/variables/GIT_TOKEN,uid=10001,gid=10001"
    assert [number for number, line in enumerate(lines) if secret in line] == [step]


def test_a_command_without_requirements_needs_no_python() -> None:
    text = render_dockerfile(Dockerfile("node:24-alpine", wsgi=False))
    assert "virtual-environment" not in text
    assert "pip" not in text
    assert "gunicorn" not in text
    assert '"server-command.sh"' in text


def test_endpoints_with_the_same_requirements_share_every_layer_up_to_them() -> None:
    lines = instructions(FULL)
    shared = position(lines, "-r requirements.txt") + 1
    assert instructions(Dockerfile("python:3.11-slim", False, REQUIREMENTS))[:shared] == lines[:shared]


def test_the_certificate_authority_is_a_secret_of_pips_steps_alone() -> None:
    lines = [line for line in instructions(FULL) if "type=secret" in line]
    assert len(lines) == 2
    assert all("install-python-packages.sh" in line and "id=ca" in line for line in lines)


def test_the_package_index_is_a_secret_of_pips_steps_alone() -> None:
    lines = [line for line in instructions(FULL) if "id=pip" in line]
    assert len(lines) == 2
    assert all("install-python-packages.sh" in line and "type=secret,id=pip" in line for line in lines)


def test_what_verifies_tokens_is_installed_after_the_requirements_and_for_wsgi_alone() -> None:
    lines = instructions(replace(FULL, tokens=True))
    requirements = position(lines, "-r requirements.txt")
    cryptography = position(
        lines, "--unless-found cryptography -r /valohai/serving/cryptography-requirements"
    )
    assert requirements < cryptography < position(lines, "--unless-found jwt")
    assert "--unless-found" not in render_dockerfile(FULL)
    assert "--unless-found" not in render_dockerfile(replace(FULL, wsgi=False, tokens=True))


def test_files_from_the_web_are_fetched_in_a_stage_of_their_own_and_checked() -> None:
    downloads = (
        Download("model", "models/a.npz", "https://acme.example/a.npz?v=$1", "1" * 64),
        Download("labels", "labels $.txt", "http://acme.example/labels.txt", None),
    )
    lines = instructions(Dockerfile("python:3.11-slim", wsgi=True, downloads=downloads))
    assert lines[:4] == [
        "FROM scratch AS downloads",
        f"ADD --chmod=0644 --checksum=sha256:{'1' * 64} "
        '["https://acme.example/a.npz?v=\\\\$1", "/models/a.npz"]',
        'ADD --chmod=0644 ["http://acme.example/labels.txt", "/labels \\\\$.txt"]',
        "FROM python:3.11-slim",
    ]
    copy = "COPY --link --chown=10001:10001 --from=downloads . /valohai/repository/"
    assert position(lines, copy) > position(lines, "COPY --chown=10001:10001 . .")


def test_files_from_object_stores_are_copied_from_images_of_their_own() -> None:
    stored = (StoredFile("stored-file-0", "models/a b.npz"),)
    lines = instructions(Dockerfile("python:3.11-slim", wsgi=True, stored=stored))
    copy = '--from=stored-file-0 ["content", "/valohai/repository/models/a b.npz"]'
    assert position(lines, copy) > position(lines, "COPY --chown=10001:10001 . .")


def test_the_server_runs_as_a_named_user_that_is_not_root() -> None:
    lines = instructions(FULL)
    assert [line for line in lines if line.startswith("USER")] == ["USER root", "USER 10001:10001"]
    assert "valohai:x:10001:10001::/valohai/home:/bin/sh" in "\n".join(lines)


def test_the_base_images_entry_point_and_stop_signal_are_replaced() -> None:
    assert instructions(FULL)[-2:] == ["ENTRYPOINT []", "STOPSIGNAL SIGTERM"]


def test_no_frontend_is_fetched() -> None:
    assert not re.search(r"^#\s*syntax", render_dockerfile(FULL), re.MULTILINE)


@pytest.mark.parametrize("wsgi", [True, False])
def test_every_file_that_is_copied_from_serving_exists(wsgi: bool) -> None:
    text = render_dockerfile(Dockerfile("python:3.11-slim", wsgi, REQUIREMENTS, tokens=True))
    copied = [
        name for line in re.findall(r"--from=serving (\[.*\])", text) for name in ast.literal_eval(line)[:-1]
    ]
    bound = re.findall(r"source=(\S+?),", text)
    assert {"start.sh", "listening.sh"} <= set(copied)
    assert all(list(SERVING.glob(name)) for name in copied + bound)


def test_the_serving_code_is_understood_by_python_3_6() -> None:
    modules = list(SERVING.rglob("*.py"))
    assert len(modules) >= 7
    for module in modules:
        tree = ast.parse(module.read_text(), str(module), feature_version=(3, 6))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert "__future__" not in imported
