from pathlib import Path

import pytest

from endpoints.errors import ProjectError
from endpoints.image.requirements import Requirements, find_requirements


def write(directory: Path, **files: str) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_requirements_for_deployment_come_before_the_others(tmp_path: Path) -> None:
    write(tmp_path, **{"requirements.txt": "numpy", "requirements-deployment.txt": "flask"})
    assert find_requirements(tmp_path) == Requirements(
        "requirements-deployment.txt", ("requirements-deployment.txt",)
    )


def test_the_usual_file_is_next(tmp_path: Path) -> None:
    write(tmp_path, **{"requirements.txt": "numpy"})
    assert find_requirements(tmp_path) == Requirements("requirements.txt", ("requirements.txt",))


def test_a_project_without_requirements_needs_no_pip(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").mkdir()
    assert find_requirements(tmp_path) is None


def test_included_files_are_found_from_where_they_are_included(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "requirements.txt": "-r deps/base.txt  # shared\n-c constraints.txt\nflask\n",
            "deps/base.txt": "--requirement=more.txt\n-rmore.txt\n-c https://example.com/c.txt",
            "deps/more.txt": "-r ../requirements.txt\nnumpy",
            "constraints.txt": "numpy<3",
        },
    )
    assert find_requirements(tmp_path) == Requirements(
        "requirements.txt",
        ("requirements.txt", "deps/base.txt", "deps/more.txt", "constraints.txt"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "--editable=./package",
        ".",
        "./wheels/model-1.0-py3-none-any.whl",
        "wheels/model-1.0-py3-none-any.whl",
        "../other",
        "model @ file:wheels/model.whl",
        "--find-links wheels",
        "-f ./wheels",
    ],
)
def test_a_line_that_names_the_repository_needs_the_code_first(tmp_path: Path, line: str) -> None:
    write(tmp_path, **{"requirements.txt": f"flask\n{line}\n"})
    requirements = find_requirements(tmp_path)
    assert requirements is not None and requirements.local


@pytest.mark.parametrize(
    "line",
    [
        "flask==3.1.3",
        "uvicorn[standard]>=0.30 ; python_version >= '3.8'",
        "model @ https://example.com/model-1.0-py3-none-any.whl",
        "https://example.com/model.zip",
        "git+https://example.com/model.git",
        "--find-links https://example.com/wheels",
        "--extra-index-url https://example.com/simple",
        "-i https://example.com/simple",
        "# -e .",
        "",
    ],
)
def test_any_other_line_does_not(tmp_path: Path, line: str) -> None:
    write(tmp_path, **{"requirements.txt": f"flask\n{line}\n"})
    requirements = find_requirements(tmp_path)
    assert requirements is not None and not requirements.local


@pytest.mark.parametrize(
    ("reference", "problem"),
    [("missing.txt", "does not exist"), ("../outside.txt", "is outside the repository")],
)
def test_an_included_file_that_the_image_cannot_have_is_an_error(
    tmp_path: Path, reference: str, problem: str
) -> None:
    write(tmp_path, **{"project/requirements.txt": f"flask\n-r {reference}\n", "outside.txt": ""})
    with pytest.raises(ProjectError) as error:
        find_requirements(tmp_path / "project")
    assert str(error.value).startswith(f"requirements.txt:2: it includes {reference!r}, which {problem}")


def test_a_requirements_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("# é".encode("latin-1"))
    with pytest.raises(ProjectError, match=r"requirements\.txt: it is not UTF-8"):
        find_requirements(tmp_path)
