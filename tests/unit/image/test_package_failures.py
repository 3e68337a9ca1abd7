"""What is said of packages that could not be installed: which requirement, why, and what to do."""

import pytest

from endpoints.image.package_failures import InstallationFacts, explain_installation

FACTS = InstallationFacts(
    base="python:3.11-slim",
    place="../digits/valohai.yaml:3: predict.image",
    index="https://pypi.acme.example/simple",
)
ERROR = (
    'process "/bin/sh -c sh /valohai/serving/install-python-packages.sh -r requirements.txt" did not complete'
    " successfully: exit code: "
)
DEBIAN, ALPINE = "Debian GNU/Linux 12 (bookworm)", "Alpine Linux v3.22"
PYTHON = "Python 3.11 on linux-x86_64"


def explain(
    status: int, requirement: str = "", reason: str = "see above", system: str = DEBIAN
) -> str | None:
    said = f"could not install: {requirement}; for: {PYTHON}, {system}; pip: {reason}" if requirement else ""
    return explain_installation(f"{ERROR}{status}\n > [4/9] RUN sh:\n12.3 {said}\n------", FACTS)


@pytest.mark.parametrize(
    ("status", "requirement", "reason", "expected"),
    [
        (81, "", "", "the image python:3.11-slim has no Python 3 to install requirements; choose an image"),
        (84, "model", "", "pip does not trust the certificate of https://pypi.acme.example/simple; set cert"),
        (85, "model==1", "", "https://pypi.acme.example/simple refuses pip's credentials for model==1; corr"),
        (86, "model==1", "", "pip cannot reach https://pypi.acme.example/simple from the builder; correct"),
        (
            87,
            "torch==9.9 (requirements.txt, line 2)",
            "ERROR: Could not find a version (from versions: 2.1, 2.2)",
            "https://pypi.acme.example/simple has no package for torch==9.9 (requirements.txt, line 2) for "
            f"{PYTHON} ({DEBIAN}); correct the requirement, choose another image in valohai.yaml "
            "(../digits/valohai.yaml:3: predict.image), or set index of the stack's builder "
            "(ERROR: Could not find a version (from versions: 2.1, 2.2))",
        ),
        (
            88,
            "demo@ git+https://git.example/demo",
            "",
            "fetched by git, which the image python:3.11-slim does",
        ),
        (
            89,
            "demo@ git+https://git.example/demo",
            "fatal: x",
            "give a token of a private repository with bui",
        ),
        (
            90,
            "pycrypto==2.6.1",
            "configure: error: no acceptable C compiler found",
            f"pycrypto==2.6.1 must be compiled for {PYTHON} ({DEBIAN}), and the image python:3.11-slim has "
            "no compiler; require pycryptodome, which is maintained and has wheels, or add buildPackages: "
            "[build-essential] to the endpoint's settings, or pin a version that has a wheel (configure: ",
        ),
        (
            91,
            "psycopg2==2.9.9",
            "Error: pg_config executable not found.",
            "require psycopg2-binary, which has wheels, or add buildPackages: [build-essential, libpq-dev] "
            "and systemPackages: [libpq5], or pin",
        ),
        (91, "model", "fatal error: odd.h", "add buildPackages: [build-essential, ...] with the package of"),
        (92, "model==1", "", "the package for model==1 does not have the hash that the requirements expect"),
        (
            100,
            "model==1",
            "",
            "model==1 has no hash, and pip wants one for each requirement as soon as one has",
        ),
        (93, "model==1", "", "the builder has no space left; free some with `docker buildx prune`"),
        (
            94,
            "model==1",
            "ERROR: Cannot install a and b",
            "contradict each other; change one of their versions (",
        ),
        (
            95,
            "model==1",
            "3.11 not in '>=3.12'",
            "model==1 needs another Python than that of python:3.11-slim",
        ),
        (96, "model==1", "No module named 'imp'", f"model==1 cannot be built with {PYTHON} ({DEBIAN}), for"),
        (
            97,
            "unknown",
            "ERROR: Invalid requirement: '='",
            "cannot be read; correct it (ERROR: Invalid requir",
        ),
        (
            99,
            "model==1",
            "error: x",
            f"model==1 cannot be built for {PYTHON} ({DEBIAN}); pin a version that has",
        ),
        (98, "model==1", "", "pip was killed, usually since the builder has too little memory"),
    ],
)
def test_a_failure_is_told_with_the_requirement_and_what_to_do(
    status: int, requirement: str, reason: str, expected: str
) -> None:
    assert expected in str(explain(status, requirement, reason))


def test_without_the_output_of_the_step_the_line_that_names_the_requirement_is_pointed_at() -> None:
    told = str(explain(90))
    assert told.startswith("a requirement must be compiled for the Python of python:3.11-slim, and")
    assert told.endswith("; the builder output has a line with `could not install:`, which names it")
    assert "could not install" not in str(explain(93))


def test_a_name_that_is_no_package_of_its_own_is_told_with_the_right_one() -> None:
    assert "; require scikit-learn, the name of the package, or pin" in str(explain(99, "sklearn==0.0"))


def test_headers_that_the_python_of_the_distribution_lacks_are_asked_for_at_once() -> None:
    said = (
        f"could not install: model; for: Python 3.11 without headers on linux-x86_64, {DEBIAN}; pip: no gcc"
    )
    told = explain_installation(f"{ERROR}90\n{said}", FACTS)
    assert "buildPackages: [build-essential, python3-dev]" in str(told)
    assert f"must be compiled for {PYTHON} ({DEBIAN})," in str(told)


def test_the_compiler_is_named_as_the_images_distribution_names_it() -> None:
    assert "buildPackages: [build-base]" in str(explain(90, "model", system=ALPINE))
    assert "buildPackages: [gcc, gcc-c++, make]" in str(explain(90, "model", system="Rocky Linux 9.4"))


def test_other_failures_are_not_taken_for_those_of_packages() -> None:
    assert explain(1, "model") is None
    assert explain_installation("failed to push r: 401 Unauthorized", FACTS) is None
