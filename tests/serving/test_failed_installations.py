"""Real builds whose requirements cannot be installed, and what is said of them: rows of docs/images.md."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from endpoints.image.build_failures import BuildFacts, explain_failure
from endpoints.image.dockerfile import Dockerfile
from endpoints.image.requirements import find_requirements
from tests.serving.servers_on_loopback import refusing_server
from tests.serving.test_image_builds import BASE, Build, pytestmark  # noqa: F401 - marks this module, too

FACTS = BuildFacts(BASE, "valohai.yaml:3: predict.image", (), "registry.acme.example/ml", None, None, None)
ITSDANGEROUS = "c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef"
PYTHON = "Python 3.11 on linux-x86_64 (Debian GNU/Linux 12 (bookworm))"

Explain = Callable[..., str]


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    """Build an image with requirements, and return what is said of its failure."""

    def run(requirements: str, pip: str | None = None, **files: str) -> str:
        project = tmp_path / "project"
        project.mkdir()
        for name, text in {"requirements.txt": f"{requirements}\n", **files}.items():
            (project / name).write_text(text)
        base, before = BASE, ""
        if pip is not None:
            installed = (
                f"RUN --mount=type=secret,id=ca PIP_CERT=/run/secrets/ca pip install --quiet pip=={pip}"
            )
            base, before = "newer", f"FROM {BASE} AS newer\n{installed}\n"
        built = Build(
            project, tmp_path / "build", Dockerfile(base, False, find_requirements(project)), before=before
        )
        assert not built.succeeded
        # Newer versions of pip say where a requirement is.
        return re.sub(r" \(requirements\.txt, line \d+\)", "", explain_failure(built.output, FACTS))

    return run


@pytest.mark.parametrize("pip", [None, "26.3"], ids=["pip of Debian 12", "pip 26.3"])
@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        (
            "demo @ git+https://127.0.0.1:9/demo.git",
            "git+https://127.0.0.1:9/demo.git is fetched by git, which the image "
            "python:3.11-slim does not have; add buildPackages: [git] to the endpoint's settings",
        ),
        (
            "itsdangerous==2.2.0\npsycopg2==2.9.9",
            f"psycopg2==2.9.9 must be compiled for {PYTHON}, and the image python:3.11-slim lacks a library "
            "for it; require psycopg2-binary, which has wheels, or add buildPackages: [build-essential, "
            "python3-dev, libpq-dev] and systemPackages: [libpq5], or pin a version that has a wheel "
            "(Error: pg_config executable not found.)",
        ),
        (
            "pycrypto==2.6.1",
            f"pycrypto==2.6.1 must be compiled for {PYTHON}, and the image python:3.11-slim has no compiler; "
            "require pycryptodome, which is maintained and has wheels, or add buildPackages: "
            "[build-essential, python3-dev] to the endpoint's settings",
        ),
        (
            "itsdangerous==99.0",
            f"the package index has no package for itsdangerous==99.0 for {PYTHON}; "
            "correct the requirement, choose another image in valohai.yaml (valohai.yaml:3: predict.image)",
        ),
        (
            f"itsdangerous==2.2.0 --hash=sha256:{'1' * 64}",
            "the package for itsdangerous==2.2.0 does not have the hash that the requirements expect; if the",
        ),
        (
            f"itsdangerous==2.2.0 --hash=sha256:{ITSDANGEROUS}\niniconfig==2.1.0",
            "iniconfig==2.1.0 has no hash, and pip wants one for each requirement as soon as one has it; ",
        ),
        (
            "itsdangerous==2.2.0\nitsdangerous==2.1.2",
            "requirements contradict each other; change one of their versions (ERROR: Cannot install ",
        ),
        (
            "itsdangerous==2.2.0\n=model",
            "a requirement cannot be read; correct it (ERROR: Invalid requirement: ",
        ),
    ],
)
def test_the_requirement_is_named_with_what_to_do(
    explain: Explain, pip: str | None, requirements: str, expected: str
) -> None:
    assert expected in explain(requirements, pip)


def test_a_package_for_another_python_is_told_so(explain: Explain) -> None:
    package = "from setuptools import setup\nsetup(name='own', version='1.0', python_requires='>=3.99')\n"
    assert (
        "own needs another Python than that of python:3.11-slim; choose another image in valohai.yaml"
        in explain("./", **{"setup.py": package})
    )


def test_an_index_that_refuses_is_told_with_the_requirement(explain: Explain) -> None:
    with refusing_server() as url:
        told = explain(f"--index-url {url}/simple\nitsdangerous==2.2.0")
    assert told.startswith(
        "the package index refuses pip's credentials for itsdangerous==2.2.0; correct index of the"
    )
