"""Commands as a shell would read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints.advice.shell import parse


def words(*texts: str) -> list[tuple[str, ...]] | None:
    commands = parse(texts)
    return None if commands is None else [(command.program, *command.arguments) for command in commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b && c; d", [("a", "b"), ("c",), ("d",)]),
        ("a\nb", [("a",), ("b",)]),
        ("a \\\n  b", [("a", "b")]),
        ("a 'b c' \"d;e\" f\\ g", [("a", "b c", "d;e", "f g")]),
        ("a '' b", [("a", "", "b")]),
        ("a > log 2>&1 < /dev/null b", [("a", "b")]),
        ("# first\na # second\n", [("a",)]),
        ("a http://b/#c", [("a", "http://b/#c")]),
        ("/usr/bin/env A=1 exec nohup a b", [("env", "A=1", "exec", "nohup", "a", "b")]),
        ("env A=1 exec nohup a b", [("a", "b")]),
        ("~/.local/bin/a", [("a",)]),
        ("python -m a.b c", [("a.b", "c")]),
        ("python3.11 -u -B -m a", [("a",)]),
        ("python a.py -m b", [("python", "a.py", "-m", "b")]),
        ("uv run a", [("a",)]),
        ("uv run --group b a", [("uv", "run", "--group", "b", "a")]),
        ("uv run ''", [("", )]),
        ("poetry run python -m a", [("a",)]),
        ("A=1", []),
        ("", []),
    ],
)  # fmt: skip
def test_plain_commands_are_read_in_order(text: str, expected: list[tuple[str, ...]]) -> None:
    assert words(text) == expected


def test_the_items_of_a_list_follow_each_other() -> None:
    assert words("a", "b && c") == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize(
    "text",
    [
        *("a | b", "a || b", "a &", "a & b", "(a)", "{ a; }", "! a", "a $(b)", "a `b`", "a <<END\nb\nEND"),
        *("if a; then b; fi", "for x in y; do a; done", "a 'b", 'a "b', "a ${b%c}", "a ${b/c/d}", "a $'b'"),
    ],
)
def test_what_is_more_than_that_is_not_read(text: str) -> None:
    assert words(text) is None


def test_variables_are_replaced_where_their_values_are_known() -> None:
    (command,) = parse(["export A=1; B=2; C=3 serve"]) or ()
    values = {
        word: command.expand(word, {"PORT": "80"}) for word in ("$A", "${B}0", "x$PORT", "$C", "${D:-4}")
    }
    assert values == {"$A": "1", "${B}0": "20", "x$PORT": "x80", "$C": None, "${D:-4}": "4"}
    assert command.own == {"C": "3"}


@given(st.lists(st.text(alphabet="abA=1 -:.#'\"\\$(){}<>|&;\n~*`/", max_size=40), min_size=1, max_size=3))
def test_no_text_is_too_odd_to_be_looked_at(texts: list[str]) -> None:
    commands = parse(texts)
    for command in commands or ():
        command.expand(command.program, {"A": "1"})
        assert command.text or command.program == ""
