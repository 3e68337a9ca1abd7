"""What is wrong with a command line is told with the usage of the command that was meant."""

from collections.abc import Callable

import pytest

from tests.unit.cli.conftest import Ran


def test_an_unknown_option_is_told_with_the_usage_of_its_command(run: Callable[..., Ran]) -> None:
    ran = run("try", "greet", "--path", "x")
    assert ran.code == 2
    assert ran.errors.startswith("usage: python -m endpoints try ")
    assert ran.errors.endswith("python -m endpoints try: error: unrecognized arguments: --path x\n")


@pytest.mark.parametrize("command", ["trie", ""])
def test_an_unknown_command_is_told_with_those_that_there_are(run: Callable[..., Ran], command: str) -> None:
    ran = run(command)
    assert ran.code == 2
    assert "'check', 'new-stack'" in ran.errors or "check, new-stack" in ran.errors
