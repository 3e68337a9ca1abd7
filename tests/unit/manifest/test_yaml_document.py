import pytest

from endpoints.errors import ProjectError
from endpoints.yaml_document import YamlDocument, construct, faults


def parse(text: str) -> YamlDocument:
    return YamlDocument.parse(text.encode(), "some.yaml")


def refusal(content: bytes) -> str:
    with pytest.raises(ProjectError) as raised:
        YamlDocument.parse(content, "some.yaml")
    return str(raised.value)


def test_a_line_is_that_of_the_key() -> None:
    document = parse("a:\n  b:\n    - c: 1\n    - d: 2\n")

    assert document.line(("a",)) == 1
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "b", 1, "d")) == 4


def test_the_line_of_something_missing_is_that_of_what_should_hold_it() -> None:
    document = parse("a:\n  b:\n    - c: 1\n")

    assert document.line(("a", "x")) == 1
    assert document.line(("a", "b", 7)) == 2
    assert document.line(("a", "b", 0, "c", "deeper")) == 3


def test_lines_follow_aliases_and_merge_keys() -> None:
    document = parse("base: &base\n  a: 1\nother:\n  <<: *base\n  b: 2\nlist: [*base]\n")

    assert document.line(("other", "a")) == 2
    assert document.line(("other", "b")) == 5
    assert document.line(("list", 0, "a")) == 2


def test_an_empty_document_has_no_lines() -> None:
    assert parse("").line(("a",)) is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a:\n\tb: 1\n", "some.yaml:2: found a tab where YAML wants spaces"),
        (b"- a\n---\n- b\n", "some.yaml:2: found a second YAML document"),
        (b"a: b: c\n", "some.yaml:1: not valid YAML, column 5: mapping values are not allowed here"),
        (b"a: 1\nb: [1\nc: 2\n", "some.yaml:3: not valid YAML"),
        (b"a: 1\nb: \xff\n", "some.yaml:2: found bytes that are not UTF-8"),
        (b"a: 1\nb: \x00\n", "some.yaml:2: found a control character"),
        (b"a: *nowhere\n", "some.yaml:1: not valid YAML, column 4: found undefined alias 'nowhere'"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(content: bytes, expected: str) -> None:
    assert refusal(content).startswith(expected)


def test_a_document_without_end_to_its_nesting_is_refused() -> None:
    assert refusal(b"[" * 10_000) == "some.yaml: is nested too deeply to be read"


def test_a_byte_order_mark_is_no_mistake() -> None:
    document = YamlDocument.parse("\ufeffa: 1".encode(), "some.yaml")
    assert document.root is not None
    assert construct(document.root) == {"a": 1}


def test_a_value_used_many_times_is_looked_at_once() -> None:
    """Ten levels of ten aliases each would take for ever otherwise."""
    lines = ["a0: &a0 [010]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 11)]
    document = parse("\n".join(lines))

    assert document.root is not None
    assert [line for _, line, _ in faults(document.root)] == [1]
