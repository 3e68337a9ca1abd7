"""A server is ready when it answers, not when it listens."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import grpc
import pytest

from localcluster.processes.health import answers_call

METHOD = "/runtime.v1.RuntimeService/Version"


class Runtime:
    """A container runtime that listens, and is ready once it is told so."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.is_ready = Event()

    def answer(self, _: bytes, context: grpc.ServicerContext) -> bytes:
        if not self.is_ready.is_set():
            context.abort(grpc.StatusCode.UNKNOWN, "server is not initialized yet")
        return b""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    listening = Runtime(tmp_path / "containerd.sock")
    handlers = {"Version": grpc.unary_unary_rpc_method_handler(listening.answer)}
    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads)
        service, _, _ = METHOD.removeprefix("/").partition("/")
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, handlers)])
        server.add_insecure_port(f"unix://{listening.socket}")
        server.start()
        yield listening
        server.stop(None).wait()


def test_a_server_that_is_not_initialized_yet_is_not_ready(runtime: Runtime) -> None:
    assert not answers_call(lambda: runtime.socket, METHOD)
    runtime.is_ready.set()
    assert answers_call(lambda: runtime.socket, METHOD)


def test_a_server_that_is_not_there_is_not_ready(tmp_path: Path) -> None:
    assert not answers_call(lambda: tmp_path / "none.sock", METHOD)
    assert not answers_call(lambda: None, METHOD)
