"""Starting a plugin as the engine expects it (sdk/go/common/resource/plugin/plugin.go).

The engine starts the program with its own address as an argument and reads the port to call from the first
line of standard output. Standard error is shown only in its debug log.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any, Final, Protocol

import grpc
from google.protobuf.message_factory import GetMessageClass
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2

_SERVICE: Final = "pulumirpc.ResourceProvider"
_MESSAGE_SIZE: Final = 400 * 1024 * 1024
"""The engine's own limit for one message, in bytes."""

_OPTIONS: Final = (
    ("grpc.max_send_message_length", _MESSAGE_SIZE),
    ("grpc.max_receive_message_length", _MESSAGE_SIZE),
)
_PARENT_CHECK_SECONDS: Final = 1.0


class Servicer(Protocol):
    """Answers the engine's calls by methods of their names; those that are missing answer UNIMPLEMENTED."""

    async def close(self) -> None:
        """Let go of what is held; the engine has ended."""


def handlers_of(servicer: Servicer) -> grpc.GenericRpcHandler:
    """Return the servicer's methods as handlers of the resource provider protocol."""
    methods: dict[str, Any] = {}
    for call in provider_pb2.DESCRIPTOR.services_by_name["ResourceProvider"].methods:
        method = getattr(servicer, call.name, None)
        if method is not None:
            methods[call.name] = grpc.unary_unary_rpc_method_handler(
                method,
                request_deserializer=GetMessageClass(call.input_type).FromString,
                response_serializer=GetMessageClass(call.output_type).SerializeToString,
            )
    return grpc.method_handlers_generic_handler(_SERVICE, methods)


async def serve(engine_address: str, make: Callable[[engine_pb2_grpc.EngineStub | None], Servicer]) -> None:
    """Serve what `make` returns until the engine ends.

    `make` is given the engine to report to, None where `engine_address` is empty.
    """
    parent = os.getppid()
    channel = grpc.aio.insecure_channel(engine_address, options=_OPTIONS) if engine_address else None
    servicer = make(engine_pb2_grpc.EngineStub(channel) if channel is not None else None)
    server = grpc.aio.server(options=_OPTIONS)
    server.add_generic_rpc_handlers((handlers_of(servicer),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stop = asyncio.Event()
    # SIGINT is how the engine ends a plugin; after five seconds without effect it kills.
    for stopping in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stopping, stop.set)
    print(port, flush=True)
    # An engine that is killed cannot say goodbye; without this its plugins would wait on for ten minutes.
    while os.getppid() == parent and not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), _PARENT_CHECK_SECONDS)
        except TimeoutError:
            continue
    await server.stop(grace=None)
    await servicer.close()
    if channel is not None:
        await channel.close()
