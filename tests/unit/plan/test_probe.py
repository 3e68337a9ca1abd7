import pytest

from endpoints.plan.server import Probe, listening_command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("http", None, 60), "needs a path"),
        (("tcp", "/health", 60), "has no path"),
        (("listening", "/health", 60), "has no path"),
        (("http", "health", 60), "begins with a slash"),
        (("tcp", None, 0), "at least one second"),
    ],
)
def test_a_probe_that_makes_no_sense_cannot_be_made(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Probe(*arguments)  # type: ignore[arg-type]


def test_the_listening_probe_is_a_script_of_the_image() -> None:
    assert listening_command(8000) == ("/bin/sh", "/valohai/serving/listening.sh", "8000")
