"""Calls a plugin's servicer as the engine does, over gRPC on loopback."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from endpoints.buildx.serving import Servicer, handlers_of


def converse(servicer: Servicer, talk: Callable[[Any], Awaitable[None]]) -> None:
    """Serve for as long as `talk` takes, which is given the stub to call by."""

    async def serve() -> None:
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((handlers_of(servicer),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                await talk(provider_pb2_grpc.ResourceProviderStub(channel))
        finally:
            await server.stop(grace=None)

    asyncio.run(serve())
