"""Python's server of files, which looks for the prefix below its directory."""

from collections.abc import Callable

import pytest

Advice = Callable[..., list[str]]

START = "valohai.yaml:4: serve.server-command: http.server looks for the whole path below its directory"


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (
            "python -m http.server $PORT --directory site/",
            'write in place of "python -m http.server $PORT --directory site/": mkdir -p www$SCRIPT_NAME && '
            "ln -sf $PWD/site/* www$SCRIPT_NAME && python -m http.server $PORT --directory www",
        ),
        ("python3 -m http.server -d ./site $PORT", "ln -sf $PWD/site/* www$SCRIPT_NAME && python3 -m"),
        ("python -m http.server $PORT -d /srv/site", "ln -sf /srv/site/* www$SCRIPT_NAME &&"),
        ("pip install . && python -m http.server $PORT -d site", 'in place of "python -m http.server'),
        ("cd build && exec python -m http.server $PORT -d site", "ln -sf $PWD/site/* www$SCRIPT_NAME &&"),
    ],
)
def test_a_server_of_files_without_the_prefix_is_told_a_line_for_its_directory(
    advice: Advice, command: str, remedy: str
) -> None:
    (message,) = advice(command)
    assert message.startswith(START)
    assert remedy in message


@pytest.mark.parametrize("option", ["", " --directory .", " -d ./"])
def test_files_that_lie_among_the_code_are_to_be_put_elsewhere_first(advice: Advice, option: str) -> None:
    (message,) = advice(f"python -m http.server $PORT{option}")
    assert "404; put the files into a directory of their own, such as public, and write in place" in message
    assert "ln -sf $PWD/public/* www$SCRIPT_NAME" in message


@pytest.mark.parametrize(
    "command",
    [
        "mkdir -p www$SCRIPT_NAME && ln -sf $PWD/a/* www$SCRIPT_NAME && python -m http.server -d www $PORT",
        "export WWW=www$VH_DEFAULT_PREFIX && ./build.sh && python -m http.server $PORT -d www",
        "mkdir -p www${SCRIPT_NAME%/*} && python -m http.server $PORT -d www",
        "./build.sh && python -m http.server $PORT -d www",
        "npm run build && python -m http.server $PORT -d www",
        "python serve.py http.server",
    ],
)
def test_a_command_that_makes_or_may_make_the_prefix_is_passed_over(advice: Advice, command: str) -> None:
    assert advice(command, serve__py="") == []
