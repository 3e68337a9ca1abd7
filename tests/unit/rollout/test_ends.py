"""Which line of its log tells why a container ended."""

import pytest

from endpoints.rollout.troubles import pod_troubles

MISSING = "ModuleNotFoundError: No module named 'flask'"


def told(code: int, *lines: str) -> str:
    ended = {"exitCode": code, "reason": "Error", "message": "\n".join(lines)}
    container = {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {"terminated": ended},
    }
    pod = {"metadata": {"name": "greet-1"}, "status": {"containerStatuses": [container]}}
    *_, last = pod_troubles(pod)
    return last.message


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Traceback (most recent call last):", '  File "app.py", line 1', MISSING], MISSING),
        ([MISSING, "sys:1: ResourceWarning: unclosed file"], MISSING),
        ([MISSING, "ERROR:    Application startup failed. Exiting."], MISSING),
        (["KeyError: 'a'", "During handling of the above exception", "acme.models.LoadError: b"], None),
        (["sh: 1: streamlit: not found", "cleaning up"], "sh: 1: streamlit: not found"),
        (["Error: Got unexpected extra argument (x)", "", "See --help"], None),
        (["ERROR:    [Errno 98] address already in use", "INFO:     bye"], None),
        (["loading", "bye"], "bye"),
        (["3 Errors were found"], "3 Errors were found"),
    ],
)
def test_the_last_error_is_told_rather_than_the_last_line(lines: list[str], reason: str | None) -> None:
    expected = reason or next(line for line in reversed(lines) if "Error:" in line or "ERROR" in line)
    assert told(1, *lines) == f"ended with 1: {expected}"


def test_what_a_program_logged_before_a_signal_ended_it_is_no_reason() -> None:
    assert told(143, "ValueError: of a request", "shutting down") == "ended with 143: shutting down"
