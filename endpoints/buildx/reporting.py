"""Telling the engine, and so the user, what goes on (the Engine.Log call, provider/pkg/logging)."""

import contextlib
from collections.abc import Iterable

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class Reporter:
    """Messages about one resource. A status is shown while the resource is worked on and leaves no trace."""

    def __init__(
        self, engine: engine_pb2_grpc.EngineStub | None, urn: str, secret_texts: Iterable[str] = ()
    ) -> None:
        """Take the engine (None: messages go nowhere), the resource's URN, and what must not be shown."""
        self._engine = engine
        self._urn = urn
        self._secret_texts = sorted(secret_texts, key=len, reverse=True)
        self._last_status = ""

    def redacted(self, text: str) -> str:
        """Return the text without secrets: what is quoted may hold them."""
        for secret in self._secret_texts:
            text = text.replace(secret, "[secret]")
        return text

    async def status(self, message: str) -> None:
        """Show what is waited for; the same message twice in a row is sent once. Empty: clear it."""
        if message != self._last_status:
            self._last_status = message
            await self._log(engine_pb2.INFO, message, ephemeral=True)

    async def trouble(self, message: str) -> None:
        """Show a problem that may disappear by itself."""
        await self._log(engine_pb2.WARNING, message, ephemeral=True)

    async def info(self, message: str) -> None:
        """Add a remark that stays in the summary."""
        await self._log(engine_pb2.INFO, message, ephemeral=False)

    async def warning(self, message: str) -> None:
        """Add a warning that stays in the summary."""
        await self._log(engine_pb2.WARNING, message, ephemeral=False)

    async def _log(
        self, severity: engine_pb2.LogSeverity.ValueType, message: str, *, ephemeral: bool
    ) -> None:
        if self._engine is None:
            return
        # A message that the engine does not take is no reason to fail the operation it is about.
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self._engine.Log(
                engine_pb2.LogRequest(
                    severity=severity,
                    message=self.redacted(message),
                    urn=self._urn,
                    streamId=0,
                    ephemeral=ephemeral,
                )
            )
