"""A connection that the API server forwards to a pod, as `kubectl port-forward` does."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from socket import socket
from threading import Thread
from typing import TypeVar

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward

from endpoints.cluster.api import Api, RefusedError

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result], abandon: Callable[[Result], object]) -> Result:
    """Return what `work` returns and raise what it raises; raises TimeoutError when that takes too long.

    The work then goes on in its thread, which keeps no program from ending. What it returns after all is
    given to `abandon`, which closes it.
    """
    done: Future[Result] = Future()

    def carry_out() -> None:
        try:
            done.set_result(work())
        except BaseException as failure:
            done.set_exception(failure)

    def let_go(late: Future[Result]) -> None:
        if late.exception() is None:
            abandon(late.result())

    Thread(target=carry_out, daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError:
        done.add_done_callback(let_go)
        raise


@contextmanager
def forwarded(api: Api, namespace: str, pod: str, port: int, seconds: float) -> Iterator[socket]:
    """Yield a connection to the port of a pod; it has no time limit of its own.

    Raises TimeoutError where it is not there within the seconds, and RefusedError.
    """
    # The client replaces a method of the connection that it is given, hence one of its own.
    with client.ApiClient(api.client.configuration) as own:
        connect = partial(
            portforward,
            client.CoreV1Api(own).connect_get_namespaced_pod_portforward,
            pod,
            namespace,
            ports=str(port),
        )
        try:
            # The client opens a WebSocket without a time limit.
            forward = within(seconds, connect, lambda late: late.close())
        except ApiException as refused:
            # The client puts headers and body of a refused WebSocket behind its status line.
            raise RefusedError(str(refused.reason).partition(" -+-+- ")[0]) from None
        with closing(forward.socket(port)) as connected:
            yield connected
