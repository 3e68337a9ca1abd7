"""Hooks of one cluster share a connection, and their work does not wait for the SDK's threads."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from endpoints.resources.hooks import connect, in_own_thread
from endpoints.target import Cluster

FILE = Path(__file__).parents[2] / "fixtures/kubeconfig.yaml"
SERVER = "https://kubernetes.acme.example:6443"


def test_one_way_in_is_one_connection() -> None:
    by_path = Cluster(str(FILE), "prod", SERVER)
    by_content = Cluster(SecretStr(FILE.read_text()), "prod", SERVER)
    assert connect(by_path) is connect(Cluster(str(FILE), "prod", SERVER))
    assert connect(by_content) is not connect(by_path)
    assert connect(by_content).client.configuration.host == connect(by_path).client.configuration.host


def test_work_is_done_while_all_threads_of_the_loop_are_taken() -> None:
    async def program() -> str:
        loop, released = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        registration = loop.run_in_executor(None, released.wait)
        try:
            return await asyncio.wait_for(in_own_thread(lambda: "done"), 10)
        finally:
            released.set()
            await registration

    assert asyncio.run(program()) == "done"


def test_what_the_work_raises_arrives() -> None:
    def fail() -> None:
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        asyncio.run(in_own_thread(fail))
