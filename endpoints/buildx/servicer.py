"""The calls of the resource provider protocol (proto/pulumi/provider.proto) for `buildx:index:Image`.

The engine encrypts what the program marks as secret before it keeps it, and hands over plain values.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2, provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from endpoints.buildx.build import build, is_pushed
from endpoints.buildx.inputs import BuildxError, ImageInputs, differing
from endpoints.buildx.reporting import Reporter

VERSION: Final = "1.0.0"

_Handler = Callable[[Any, Any, Any], Awaitable[Any]]


def _answering(handler: _Handler) -> _Handler:
    """Answer a user's error with only its message; any other error is a defect and keeps its name."""

    async def answer(servicer: Any, request: Any, context: Any) -> Any:
        try:
            return await handler(servicer, request, context)
        except BuildxError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return answer


class BuildxServicer:
    """Answers the engine. Methods are named after the calls; those that are missing answer UNIMPLEMENTED."""

    def __init__(self, engine: engine_pb2_grpc.EngineStub | None) -> None:
        """Take the engine to report to; None where there is none."""
        self._engine = engine
        self._cancelled = asyncio.Event()

    async def close(self) -> None:
        """End what is still being built."""
        self._cancelled.set()

    async def GetPluginInfo(self, _request: Empty, _context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Name the version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    async def CheckConfig(self, request: Any, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Accept the settings: there are none."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, _request: Any, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Tell that settings never differ."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, _request: Any, _context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802
        """Say that previews can be asked, and that secrets come in plain."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    async def Cancel(self, _request: Empty, _context: Any) -> Empty:  # noqa: N802
        """End what is being built."""
        self._cancelled.set()
        return Empty()

    async def Check(self, request: Any, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Accept the properties: the program has checked what they are made from."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def Diff(self, request: Any, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Tell which properties make another image; in another repository it is another resource."""
        names = differing(MessageToDict(request.old_inputs), MessageToDict(request.news))
        kind = provider_pb2.PropertyDiff.UPDATE
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if names else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=names,
            replaces=[name for name in names if name == "repository"],
            detailedDiff={name: provider_pb2.PropertyDiff(kind=kind, inputDiff=True) for name in names},
            hasDetailedDiff=True,
        )

    @_answering
    async def Create(self, request: Any, _context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Build the image and push it."""
        inputs = ImageInputs.of(MessageToDict(request.properties))
        reference = await self._built(inputs, request)
        identifier = "" if request.preview else inputs.repository
        return provider_pb2.CreateResponse(id=identifier, properties=_outputs(reference))

    @_answering
    async def Update(self, request: Any, _context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Build another image and push it; the one before stays where it is."""
        inputs = ImageInputs.of(MessageToDict(request.news))
        return provider_pb2.UpdateResponse(properties=_outputs(await self._built(inputs, request)))

    async def Delete(self, _request: Any, _context: Any) -> Empty:  # noqa: N802
        """Leave the pushed image: other stacks may run it."""
        return Empty()

    @_answering
    async def Read(self, request: Any, _context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        """Look whether the registry still has the image; an empty answer means that it has not."""
        known, properties = MessageToDict(request.properties), MessageToDict(request.inputs)
        if "ref" not in known or not properties:
            raise BuildxError(f"{request.id} cannot be imported; let `pulumi up` build the image")
        inputs = ImageInputs.of(properties)
        reporter = self._reporter(request.urn, inputs)
        if not await is_pushed(known["ref"], inputs, os.environ, reporter):
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    async def _built(self, inputs: ImageInputs, request: Any) -> str:
        """Return the image's reference, which a preview does not know."""
        if request.preview:
            return UNKNOWN
        reporter = self._reporter(request.urn, inputs)
        work = asyncio.ensure_future(build(inputs, os.environ, reporter))
        stop = asyncio.ensure_future(self._cancelled.wait())
        limit = request.timeout or None
        try:
            await asyncio.wait({work, stop}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return f"{inputs.name}@{work.result()}"
            if self._cancelled.is_set():
                raise BuildxError("the build was cancelled")
            raise BuildxError(f"the build did not end within {limit} seconds")
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
            await reporter.status("")

    def _reporter(self, urn: str, inputs: ImageInputs) -> Reporter:
        return Reporter(self._engine, urn, inputs.secret_texts)


def _outputs(reference: str) -> Struct:
    return ParseDict({"ref": reference}, Struct())
