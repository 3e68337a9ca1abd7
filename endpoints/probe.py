"""How the kubelet finds out whether an endpoint's server can be used."""

from dataclasses import dataclass
from typing import Literal

LISTENING_SCRIPT = "/valohai/serving/listening.sh"
"""Where the image holds the script behind the probe kind `listening`."""

ProbeKind = Literal["http", "tcp", "listening"]


@dataclass(frozen=True)
class Probe:
    """How to ask a server whether it is there.

    `http` wants a 2xx or 3xx answer to GET `path` (absolute, the whole path as the server sees it). `tcp`
    connects and closes. `listening` looks up the container's port in the kernel's socket table without
    connecting, for servers that take every connection for a request, such as `python -m
    wsgiref.simple_server`, which ends after the first one.

    `startup_seconds` is how long the startup probe goes on trying before the container is restarted.
    """

    kind: ProbeKind
    path: str | None
    startup_seconds: int

    def __post_init__(self) -> None:
        if (self.path is not None) != (self.kind == "http"):
            raise ValueError(
                f"a probe of kind {self.kind} {'needs a' if self.kind == 'http' else 'has no'} path"
            )
        if self.path is not None and not self.path.startswith("/"):
            raise ValueError(f"the path of a probe begins with a slash, not {self.path!r}")
        if self.startup_seconds < 1:
            raise ValueError("a server needs at least one second to start")


def listening_command(port: int) -> tuple[str, ...]:
    """Return the command of an exec probe that succeeds while a server listens on the container's `port`.

    It fails with one line that says why, also when the server listens on the loopback interface only, where
    the router cannot reach it. It needs a POSIX shell and nothing else in the image.
    """
    return ("/bin/sh", LISTENING_SCRIPT, str(port))
