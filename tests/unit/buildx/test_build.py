"""What is told of a build that fails, from what Docker Buildx printed."""

from textwrap import dedent

from endpoints.buildx.build import failure_in
from endpoints.image.build_failures import BuildFacts, explain_failure

FAILED_STEP = """
    #4 [1/2] FROM docker.io/library/python:3.11-slim
    #5 [2/2] RUN echo hello; false
    #5 ERROR: process "/bin/sh -c echo hello; false" did not complete successfully: exit code: 1
    ------
     > [2/2] RUN echo hello; false:
    0.078 hello
    ------
    Dockerfile:2
    ERROR: failed to build: failed to solve: process "/bin/sh -c echo hello; false" did not complete
    """


def told(text: str) -> list[str]:
    return failure_in(dedent(text).strip().splitlines()).splitlines()


def test_the_error_comes_first_and_the_output_of_its_step_after_it() -> None:
    shown = told(FAILED_STEP)
    assert shown[0].startswith("failed to build: failed to solve: process")
    assert "0.078 hello" in shown
    assert not any("FROM docker.io" in line for line in shown)


def test_the_line_that_names_a_requirement_is_part_of_what_is_told() -> None:
    install = 'process "/bin/sh -c sh /valohai/serving/install-python-packages.sh -r r.txt" did not complete'
    shown = told(
        f"""
    ------
     > [5/9] RUN sh /valohai/serving/install-python-packages.sh -r r.txt:
    1.23 ERROR: No matching distribution found for model==99
    1.24 could not install: model==99; for: Python 3.11 on linux-x86_64, Debian GNU/Linux 12; pip: ERROR: No
    ------
    ERROR: failed to build: failed to solve: {install} successfully: exit code: 87
    """
    )
    facts = BuildFacts("python:3.11-slim", "", (), "registry.acme.example/ml", None, None, None)
    explained = explain_failure("\n".join(shown), facts)
    assert explained.startswith(
        "the package index has no package for model==99 for Python 3.11 on linux-x86_64"
    )


def test_an_error_before_any_step_stands_alone() -> None:
    assert told('ERROR: no builder "remote" found') == ['no builder "remote" found']


def test_output_without_an_error_is_shown_by_its_end() -> None:
    assert told("\n".join(f"line {number}" for number in range(50)))[-1] == "line 49"
