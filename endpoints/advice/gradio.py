"""Gradio applications, which listen on localhost and know no prefix unless they are told."""

import re
from collections.abc import Iterator

from endpoints.advice.server_command import KEY, last_command
from endpoints.advice.subject import Subject
from endpoints.errors import Problem

_LAUNCHES_GRADIO = re.compile(r"^\s*(?:import|from)\s+gradio\b(?=.*\.launch\()", re.MULTILINE | re.DOTALL)
_TOLD = {
    "GRADIO_SERVER_NAME=0.0.0.0": re.compile(r"GRADIO_SERVER_NAME|server_name"),
    "GRADIO_SERVER_PORT=$PORT": re.compile(r"GRADIO_SERVER_PORT|server_port"),
    "GRADIO_ROOT_PATH=$SCRIPT_NAME": re.compile(r"GRADIO_ROOT_PATH|root_path|SCRIPT_NAME|VH_DEFAULT_PREFIX"),
}
"""Variables of Gradio's (6.31, https://www.gradio.app/guides/environment-variables) and who has set each."""


def advise_on_gradio(subject: Subject) -> Iterator[Problem]:
    """Find a Gradio application that a command starts by its file, and that lacks a part of its address.

    By default it listens at 127.0.0.1:7860, or a later port that is free, for paths without a prefix.
    """
    command = last_command(subject)
    if command is None:
        return
    files = [command.path(word) for word in command.arguments if word.endswith(".py")][:1]
    if not any(_LAUNCHES_GRADIO.search(subject.code.text(file)) for file in files):
        return
    told = " ".join([command.text, *command.variables, *subject.settings.environment])
    lacking = [
        variable
        for variable, pattern in _TOLD.items()
        if not pattern.search(told) and not subject.code.mentions(pattern)
    ]
    if lacking:
        text = (
            "Gradio listens on localhost at port 7860 and knows no prefix unless it is told; put "
            f"{' '.join(lacking)} in front of the command"
        )
        yield subject.in_manifest(KEY, text)
