"""Gradio applications that nobody told where they are."""

from collections.abc import Callable

import pytest

Advice = Callable[..., list[str]]

PLAIN = "import gradio as gr\n\ndemo = gr.Interface(print, 'text', 'text')\ndemo.launch()\n"
HOST, PORT, PREFIX = (
    "GRADIO_SERVER_NAME=0.0.0.0",
    "GRADIO_SERVER_PORT=$PORT",
    "GRADIO_ROOT_PATH=$SCRIPT_NAME",
)


def test_one_that_is_told_nothing_gets_all_three_variables(advice: Advice) -> None:
    (message,) = advice("python app.py", app__py=PLAIN)
    assert message == (
        "valohai.yaml:4: serve.server-command: Gradio listens on localhost at port 7860 and knows no prefix "
        f"unless it is told; put {HOST} {PORT} {PREFIX} in front of the command"
    )


@pytest.mark.parametrize(
    ("command", "code", "lacking"),
    [
        (f"{HOST} {PORT} python app.py", PLAIN, PREFIX),
        (f"export {PREFIX} && python app.py", PLAIN, f"{HOST} {PORT}"),
        ("python app.py", PLAIN.replace("()", '(server_name="0.0.0.0", server_port=8000)'), PREFIX),
    ],
)
def test_what_is_told_already_is_not_asked_for(advice: Advice, command: str, code: str, lacking: str) -> None:
    (message,) = advice(command, app__py=code)
    assert message.endswith(f"told; put {lacking} in front of the command")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (f"{HOST} {PORT} {PREFIX} python app.py", PLAIN),
        ("./serve", PLAIN),
        ("python app.py", "import gradio\n"),
        ("python app.py", "# gradio is not used\nkubernetes.launch()\n"),
    ],
)
def test_one_that_knows_its_address_or_is_not_started_is_passed_over(
    advice: Advice, command: str, code: str
) -> None:
    assert advice(command, app__py=code, serve="") == []
