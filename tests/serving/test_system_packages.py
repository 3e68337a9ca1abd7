"""Real builds with packages of the distribution, and with secrets of private repositories."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from endpoints.image.build_failures import explain_failure
from endpoints.image.dockerfile import Dockerfile
from endpoints.image.requirements import find_requirements
from tests.serving.servers_on_loopback import make_repository, private_git_server
from tests.serving.test_failed_installations import FACTS
from tests.serving.test_image_builds import BASE, Build, packages, pytestmark  # noqa: F401 - marks this module, too

TOKEN = "t0ken73577357"

MakeBuild = Callable[..., Build]


@pytest.fixture
def build(tmp_path: Path) -> MakeBuild:
    def run(requirements: str, after: str = "", options: tuple[str, ...] = (), **asked: Any) -> Build:
        project = tmp_path / "project"
        project.mkdir()
        (project / "requirements.txt").write_text(f"{requirements}\n")
        dockerfile = Dockerfile(BASE, False, find_requirements(project), **asked)
        return Build(project, tmp_path / "build", dockerfile, after=after, options=options)

    return run


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A private repository of a Python package: where it is."""
    setup = "from setuptools import setup\nsetup(name='demo', version='1.0', py_modules=['demo'])\n"
    make_repository(tmp_path / "git/demo.git", {"setup.py": setup, "demo.py": "answer = 42\n"})
    with private_git_server(tmp_path / "git", TOKEN) as address:
        yield f"{address}/demo.git"


def test_a_requirement_is_compiled_and_its_library_stays_but_no_compiler(build: MakeBuild) -> None:
    built = build(
        # Not the version that another test cannot install: the builder keeps wheels that it has compiled.
        "psycopg2==2.9.10",
        after="RUN python3 -c 'import psycopg2' && ! command -v gcc && ! command -v pg_config\n",
        system_packages=("libpq5",),
        build_packages=("gcc", "libc6-dev", "libpq-dev", "python3-dev"),
    )
    assert built.succeeded, built.output
    members = built.members()
    (module,) = [path for path in members if path.endswith("psycopg2/__init__.py")]
    assert (members[module].uid, members[module].gid) == (10001, 10001)


def test_a_package_that_the_distribution_lacks_is_named(build: MakeBuild) -> None:
    built = build("itsdangerous==2.2.0", system_packages=("no-such-package",))
    assert not built.succeeded
    assert explain_failure(built.output, FACTS).startswith(
        "Debian GNU/Linux 12 (bookworm) does not have all of no-such-package, as systemPackages or"
    )


def test_a_token_fetches_a_private_requirement_and_is_in_no_layer(
    build: MakeBuild, server: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    built = build(
        f"demo @ git+http://${{GIT_TOKEN}}@{server}",
        after="RUN test ! -e /run/secrets/variables && ! command -v git && ! env | grep TOKEN\n",
        options=(f"--secret=id=variable-GIT_TOKEN,src={tmp_path / 'token'}",),
        build_packages=("git",),
        build_secrets=("GIT_TOKEN",),
    )
    assert built.succeeded, built.output
    assert "demo-1.0" in packages(built)
    assert TOKEN not in built.output
    assert TOKEN.encode() not in built.archive.read_bytes()
    (origin,) = [path for path in built.members() if path.endswith("demo-1.0.dist-info/direct_url.json")]
    assert json.loads(built.text(origin))["url"] == f"http://{server}"


def test_a_repository_that_refuses_is_told_with_the_remedy(
    build: MakeBuild, server: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("another-token")
    built = build(
        f"demo @ git+http://${{GIT_TOKEN}}@{server}",
        options=(f"--secret=id=variable-GIT_TOKEN,src={tmp_path / 'token'}",),
        build_packages=("git",),
        build_secrets=("GIT_TOKEN",),
    )
    assert not built.succeeded
    told = explain_failure(built.output, FACTS)
    assert "git cannot fetch demo" in told
    assert "give a token of a private repository with buildSecrets" in told
    assert "another-token" not in built.output
