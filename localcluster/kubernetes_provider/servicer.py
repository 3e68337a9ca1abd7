"""The calls of the resource provider protocol (proto/pulumi/provider.proto), turned into operations and back.

`pulumi.provider.experimental` serves this protocol for Python too, but it cannot say that an object was
created and is not ready, loses unknown values and the stack's naming rules, and adds a traceback to every
error. So this module works on the same generated messages one level below it.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2, provider_pb2, status_pb2

from endpoints.resource_plugin.reporting import Reporter

from .api.errors import ClusterUnreachableError
from .check import check
from .checkpoint import recorded
from .cluster_identity import compare_settings
from .create import Written, create, preview_creation
from .deletion import delete
from .diff import diff
from .failures import OperationCancelledError, UserError
from .naming import Autonaming, AutonamingMode
from .objects import kind_of_type, name_of_urn, parse_resource_id, type_of_urn
from .reading import Reading, read
from .secrecy import secret_texts
from .session import Session
from .settings import check_settings, parse_settings
from .update import preview_update, update
from .values import JsonObject, UnsupportedValueError, decode, encode

ANNOUNCEMENT: Final = (
    "Kubernetes objects are managed by the development plugin of this repository, because the official one "
    "is not installed"
)

_EXPECTED_FAILURES: Final = (
    ClusterUnreachableError,
    OperationCancelledError,
    UnsupportedValueError,
    UserError,
)

_Handler = Callable[[Any, Any, Any], Awaitable[Any]]


def _answering(handler: _Handler) -> _Handler:
    """Make the user's mistakes plain errors of the call, and everything else a defect with its traceback."""

    async def answer(servicer: Any, request: Any, context: Any) -> Any:
        try:
            return await handler(servicer, request, context)
        except _EXPECTED_FAILURES as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            await context.abort(
                grpc.StatusCode.INTERNAL,
                f"the development Kubernetes plugin has a defect: {error!r}\n{traceback.format_exc()}",
            )

    return answer


class KubernetesServicer:
    """Answers the engine. Methods are named after the calls; those that are missing answer UNIMPLEMENTED."""

    def __init__(self, version: str, engine: engine_pb2_grpc.EngineStub | None) -> None:
        """Take the version of the SDK that this plugin serves, and the engine to report to."""
        self._version = version
        self._engine = engine
        self.cancelled = asyncio.Event()
        """Set once the engine has asked to stop."""
        self.session: Session | None = None
        """The provider's settings and connection; None until Configure."""

    async def close(self) -> None:
        """Close the connection to the cluster."""
        if self.session is not None:
            await self.session.close()

    @_answering
    async def GetPluginInfo(self, _request: Empty, _context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Name the version."""
        return plugin_pb2.PluginInfo(version=self._version)

    @_answering
    async def Cancel(self, _request: Empty, _context: Any) -> Empty:  # noqa: N802
        """End all waits."""
        self.cancelled.set()
        return Empty()

    @_answering
    async def CheckConfig(self, request: Any, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Check the provider's settings."""
        is_default = name_of_urn(request.urn).startswith("default")
        failures = check_settings(decode(request.news), is_default_provider=is_default)
        return provider_pb2.CheckResponse(
            inputs=request.news,
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    @_answering
    async def DiffConfig(self, request: Any, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Tell whether changed settings mean another cluster."""
        difference = compare_settings(decode(request.olds), decode(request.news))
        return provider_pb2.DiffResponse(
            changes=_changes(bool(difference.changed)),
            diffs=difference.changed,
            replaces=difference.replacing,
        )

    @_answering
    async def Configure(self, request: Any, _context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802
        """Take the provider's settings."""
        given = decode(request.args) or {
            key.removeprefix("kubernetes:config:"): value for key, value in request.variables.items()
        }
        if self.session is None:
            await self._reporter("").info(ANNOUNCEMENT)
        else:
            await self.session.close()
        self.session = Session(parse_settings(given), self.cancelled)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @_answering
    async def Check(self, request: Any, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Check and complete a resource's inputs."""
        inputs = await check(
            self._configured,
            type_of_urn(request.urn),
            name_of_urn(request.urn),
            decode(request.olds),
            decode(request.news),
            _autonaming(request),
        )
        return provider_pb2.CheckResponse(inputs=encode(inputs))

    @_answering
    async def Diff(self, request: Any, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Tell what an update would change. Sends no request."""
        return diff(
            self._configured.settings, decode(request.olds), decode(request.news), request.ignoreChanges
        )

    @_answering
    async def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Create an object and wait for it."""
        inputs = decode(request.properties)
        reporter = self._reporter(request.urn, inputs)
        with _redacting(reporter):
            if request.preview:
                written = await preview_creation(self._configured, inputs, reporter)
            else:
                written = await create(self._configured, inputs, request.timeout, reporter)
        await _abort_unless_ready(context, written, reporter)
        return provider_pb2.CreateResponse(id=written.identifier, properties=encode(written.outputs))

    @_answering
    async def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Change an object and wait for it."""
        old, inputs = recorded(decode(request.olds)), decode(request.news)
        ignored = list(request.ignoreChanges)
        reporter = self._reporter(request.urn, inputs)
        with _redacting(reporter):
            if request.preview:
                written = await preview_update(self._configured, old, inputs, ignored, reporter)
            else:
                written = await update(self._configured, old, inputs, ignored, request.timeout, reporter)
        await _abort_unless_ready(context, written, reporter)
        return provider_pb2.UpdateResponse(properties=encode(written.outputs))

    @_answering
    async def Delete(self, request: Any, _context: Any) -> Empty:  # noqa: N802
        """Delete an object and wait until it is gone."""
        old = recorded(decode(request.properties))
        await delete(self._configured, request.id, old, request.timeout, self._reporter(request.urn))
        return Empty()

    @_answering
    async def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        """Read a live object; an empty answer means that it is gone."""
        if not parse_resource_id(request.id)[1]:
            raise UserError(f"{request.id!r} is no ID of a Kubernetes object; use namespace/name, or name")
        inputs = decode(request.inputs)
        reporter = self._reporter(request.urn, inputs)
        reading = await read(
            self._configured,
            kind_of_type(type_of_urn(request.urn)),
            request.id,
            recorded(decode(request.properties)),
            inputs,
            reporter,
        )
        if reading is None:
            return provider_pb2.ReadResponse(id="")
        await _abort_unless_ready(context, reading, reporter, encode(reading.inputs))
        return provider_pb2.ReadResponse(
            id=reading.identifier, properties=encode(reading.outputs), inputs=encode(reading.inputs)
        )

    @_answering
    async def Invoke(self, request: Any, _context: Any) -> provider_pb2.InvokeResponse:  # noqa: N802
        """Refuse functions: rendering YAML, Helm charts and kustomizations is left to the official plugin."""
        raise UserError(f"the function {request.tok} is not supported by the development Kubernetes plugin")

    @_answering
    async def GetMapping(self, _request: Any, _context: Any) -> provider_pb2.GetMappingResponse:  # noqa: N802
        """Answer that there is no mapping to other tools."""
        return provider_pb2.GetMappingResponse()

    @property
    def _configured(self) -> Session:
        if self.session is None:
            raise UserError(
                "the Kubernetes provider is not configured yet: its settings are not known in this preview"
            )
        return self.session

    def _reporter(self, urn: str, inputs: JsonObject | None = None) -> Reporter:
        return Reporter(self._engine, urn, secret_texts(inputs))


@contextmanager
def _redacting(reporter: Reporter) -> Iterator[None]:
    """Keep secrets out of what the API server says about refused inputs."""
    try:
        yield
    except UserError as error:
        raise UserError(reporter.redacted(str(error))) from None


def _autonaming(request: Any) -> Autonaming:
    if not request.HasField("autonaming"):
        return Autonaming(random_seed=request.randomSeed)
    options = request.autonaming
    disabled = options.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE
    mode = AutonamingMode.DISABLED if disabled else AutonamingMode.PROPOSED
    return Autonaming(request.randomSeed, mode, options.proposed_name)


def _changes(some: bool) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    return provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE


async def _abort_unless_ready(
    context: Any, result: Written | Reading, reporter: Reporter, inputs: Struct | None = None
) -> None:
    """End the call so that the engine keeps the object and tries again (ErrorResourceInitFailed)."""
    failure = result.not_ready
    if failure is None:
        return
    reasons = [reporter.redacted(reason) for reason in (failure.summary, *failure.reasons)]
    detail = provider_pb2.ErrorResourceInitFailed(
        id=result.identifier, properties=encode(result.outputs), reasons=reasons, inputs=inputs
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reasons[0])
    status.details.add().Pack(detail)
    await context.abort(
        grpc.StatusCode.UNKNOWN,
        reasons[0],
        trailing_metadata=(("grpc-status-details-bin", status.SerializeToString()),),
    )
