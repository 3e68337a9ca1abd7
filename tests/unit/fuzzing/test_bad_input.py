"""Whatever is in a file or on a command line, the program says what is wrong with it, and never just ends.

    FUZZ_EXAMPLES=20000 pytest tests/unit/fuzzing

looks for a quarter of an hour; a hundred of each are enough for every day.
"""

import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from valohai_yaml.validation import get_json_schema

from endpoints.cli.command_line import COMMANDS, main
from endpoints.errors import Problem, ProjectError
from endpoints.manifest import load_manifest
from endpoints.plan import plan_stack
from endpoints.stack_file import load_settings
from tests.unit.conftest import REPOSITORY
from tests.unit.fuzzing.documents import SURPRISES, Documents

FUZZED = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
STACK_SCHEMA: Mapping[str, Any] = json.loads(
    (REPOSITORY / "endpoints/stack_file/stack.schema.json").read_text()
)
MANIFEST_SCHEMA: Mapping[str, Any] = get_json_schema()
MANIFESTS = sorted((REPOSITORY / "tests/fixtures/projects").rglob("valohai.yaml"))
PROJECT = "- endpoint: {name: predict-digit, image: 'python:3.11', wsgi: 'predict:app'}\n"


@contextmanager
def only_mistakes_are_told() -> Iterator[None]:
    """Fail unless the block ends, or ends with mistakes that each have a place and a text."""
    try:
        yield
    except ProjectError as error:
        assert error.problems
        for problem in error.problems:
            assert str(problem).strip()
            if isinstance(problem, Problem):
                assert problem.file
                assert problem.text.strip()
                assert problem.line is None or problem.line > 0
                assert "Traceback" not in problem.text


def load_text(text: str | bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "valohai.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        with only_mistakes_are_told():
            load_manifest(path, "valohai.yaml")


@FUZZED
@given(st.one_of(st.text(), st.binary(), st.text(alphabet="- :{}[]&*!|>'\"%@`#,?\n\ta0")))
def test_any_text_as_a_manifest_is_read_or_refused(text: str | bytes) -> None:
    load_text(text)


@FUZZED
@given(st.lists(Documents(MANIFEST_SCHEMA).of({"$ref": "/schemas/endpoint"}), max_size=3))
def test_a_manifest_that_is_nearly_right_is_read_or_refused(endpoints: list[Any]) -> None:
    load_text(yaml.safe_dump([{"endpoint": endpoint} for endpoint in endpoints], allow_unicode=True))


@FUZZED
@given(st.data())
def test_a_damaged_manifest_is_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(MANIFESTS)).read_text()
    place, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 20))
    load_text(text[:place] + data.draw(st.text(max_size=5)) + text[place + length :])


@FUZZED
@given(SURPRISES, Documents(STACK_SCHEMA, strangeness=30).of(STACK_SCHEMA["properties"]["config"]))
@example(None, {"endpoints:organization": "acme", "endpoints:cluster": None, "endpoints:deployments": [None]})
def test_a_stack_file_that_is_nearly_right_is_planned_or_refused(_: object, config: Any) -> None:
    if not isinstance(config, dict):
        config = {"endpoints:deployments": config}
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "valohai.yaml").write_text(PROJECT)
        (root / "stacks").mkdir()
        stack_file = root / "stacks/Pulumi.test.yaml"
        stack_file.write_text(yaml.safe_dump({"config": config}, allow_unicode=True))
        values = {
            str(key).removeprefix("endpoints:"): value
            for key, value in yaml.safe_load(stack_file.read_text())["config"].items()
        }
        with only_mistakes_are_told():
            loaded = load_settings(values, stack_file)
            plan_stack(loaded, root, "gateway")


WORDS = st.one_of(
    st.sampled_from(
        [*COMMANDS, "--help", "--stack", "test", "--format", "json", "--root", ".", "--follow", "-"]
    ),
    st.sampled_from(["--json", "--timeout", "nan", "--since", "1h", "--endpoint", "/a/b/c/d/e", "--version"]),
    st.text(max_size=8),
)


@FUZZED
@given(st.sampled_from(sorted(COMMANDS)), st.lists(WORDS, max_size=5), st.text(max_size=10))
def test_any_command_line_is_carried_out_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    words: list[str],
    given_text: str,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("nothing"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.stdin", io.StringIO(given_text))
    try:
        code = main([command, *words])
    except SystemExit as end:
        assert end.code in (0, 1, 2), end
    else:
        assert code in (0, 1, 2)
