"""An authenticated HTTP connection to the API server, by the asynchronous official client (`kubernetes.aio`).

The client's generated models are not used: objects travel as JSON, so that any kind works. It is imported
on first use only, because that takes half a second which a preview without changes need not pay.
"""

import asyncio
import importlib
import json
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ..kubeconfig import active_cluster, with_choice
from ..settings import ClientSettings
from ..values import JsonObject
from .errors import ApiError, ClusterUnreachableError
from .rate_limit import RateLimit

_ATTEMPTS: Final = 6
"""How often a request is sent that the server asks to send again later (429)."""

_MAX_RETRY_AFTER_SECONDS: Final = 10.0

_WATCH_SECONDS: Final = 240
"""When the server ends a watch; one that goes on longer in silence is a dead connection."""


@dataclass(frozen=True)
class Target:
    """Which API server is meant, as messages name it."""

    server: str
    context: str

    def __str__(self) -> str:
        return f"{self.server} (context {self.context})" if self.context else self.server


class Connection:
    """Requests to one API server. Create it with `open_connection`."""

    def __init__(
        self,
        client: Any,
        target: Target,
        settings: ClientSettings,
        renewal: Coroutine[Any, Any, None] | None = None,
    ) -> None:
        """Take an `ApiClient` of kubernetes.aio, its server, how to use it, and what renews its token."""
        self._client = client
        self._renewal = asyncio.create_task(renewal) if renewal is not None else None
        self._timeout = settings.timeout_seconds
        self._rate = RateLimit(settings.queries_per_second, settings.burst)
        self.target = target

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> JsonObject:
        """Return the JSON answer. Raises ApiError for a refusal and ClusterUnreachableError for no answer."""
        for attempt in range(1, _ATTEMPTS + 1):
            await self._rate.wait()
            status, headers, content = await self._exchange(method, path, query, body, content_type)
            if status == 429 and attempt < _ATTEMPTS:
                await asyncio.sleep(min(_seconds(headers.get("Retry-After")), _MAX_RETRY_AFTER_SECONDS))
                continue
            break
        document = _json_object(content)
        if status >= 400:
            raise self._refusal(status, document)
        return document

    async def text(self, path: str, *, query: Mapping[str, str] | None = None) -> str:
        """Return an answer that is plain text, such as a pod's log."""
        await self._rate.wait()
        status, _, content = await self._exchange("GET", path, query, None, "application/json")
        if status >= 400:
            raise self._refusal(status, _json_object(content))
        return content.decode(errors="replace")

    async def watch(self, path: str, *, query: Mapping[str, str]) -> AsyncIterator[JsonObject]:
        """Yield the events of a watch until the server ends it."""
        await self._rate.wait()
        with self._unreachable_if_silent():
            limits = _time_limits(sock_connect=self._timeout, sock_read=_WATCH_SECONDS + self._timeout)
            options = {**query, "watch": "true", "timeoutSeconds": str(_WATCH_SECONDS)}
            response = await self._send("GET", path, options, None, "application/json", limits)
            try:
                if response.status >= 400:
                    raise self._refusal(response.status, _json_object(await response.read()))
                async for line in response.response.content:
                    if line.strip():
                        yield json.loads(line)
            finally:
                response.response.close()

    async def close(self) -> None:
        """Close all sockets."""
        if self._renewal is not None:
            self._renewal.cancel()
        await self._client.close()

    def _refusal(self, status: int, document: JsonObject) -> Exception:
        if status == 401:
            return ClusterUnreachableError(
                f"the Kubernetes API server {self.target} does not accept the kubeconfig's credentials; "
                "renew them"
            )
        return ApiError(status, document)

    async def _exchange(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Any, content_type: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        with self._unreachable_if_silent():
            timeout = _time_limits(total=self._timeout)
            response = await self._send(method, path, query, body, content_type, timeout)
            return response.status, response.headers, await response.read()

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Any,
        content_type: str,
        timeout: Any,
    ) -> Any:
        _, url, headers, _, _ = await self._client.param_serialize(
            method,
            path,
            query_params=list(query.items()) if query else None,
            header_params={"Content-Type": content_type, "Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        return await self._client.call_api(method, url, headers, body=body, _request_timeout=timeout)

    @contextmanager
    def _unreachable_if_silent(self) -> Iterator[None]:
        import aiohttp

        try:
            yield
        except aiohttp.ClientConnectorCertificateError as error:
            raise ClusterUnreachableError(
                f"the Kubernetes API server {self.target} shows a certificate that the kubeconfig's "
                f"certificate authority has not signed: {error.certificate_error}"
            ) from None
        except TimeoutError:
            raise ClusterUnreachableError(
                f"cannot reach the Kubernetes API server {self.target}: no answer within {self._timeout:g} s"
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise ClusterUnreachableError(
                f"cannot reach the Kubernetes API server {self.target}: {_reason(error)}"
            ) from None


async def open_connection(
    document: JsonObject | None, context: str, cluster: str, settings: ClientSettings
) -> Connection:
    """Connect as the kubeconfig says; None: as the pod's own service account. Sends no request yet.

    Raises UserError for a kubeconfig without the context or cluster, ClusterUnreachableError for one
    without usable credentials.
    """
    kubernetes_config = _untyped_module("kubernetes.aio.config")
    configuration = _untyped_module("kubernetes.aio.client").Configuration()
    # No limit: watches hold sockets, and other requests must not wait for them.
    configuration.connection_pool_maxsize = 0
    if document is None:
        try:
            kubernetes_config.load_incluster_config(client_configuration=configuration)
        except kubernetes_config.ConfigException:
            raise ClusterUnreachableError(
                "no kubeconfig was found; set the provider's kubeconfig, or the variable KUBECONFIG"
            ) from None
        return Connection(_api_client(configuration), Target(configuration.host, ""), settings)
    active = active_cluster(document, context, cluster)
    target = Target(active.server, active.context)
    # Keys given as data must pass through files (ssl can load them from nowhere else); they go at once.
    with tempfile.TemporaryDirectory() as directory:
        try:
            loader = await kubernetes_config.load_kube_config_from_dict(
                config_dict=with_choice(document, context, cluster),
                client_configuration=configuration,
                temp_file_path=directory,
            )
            client = _api_client(configuration)
        except (kubernetes_config.ConfigException, OSError, ValueError) as error:
            raise ClusterUnreachableError(f"cannot use the kubeconfig for {target}: {error}") from None
        finally:
            # The client remembers its files by content, and would look for them again at the next connection.
            _untyped_module("kubernetes.aio.config.kube_config")._cleanup_temp_files()
    renewal = kubernetes_config.refresh_token(loader, configuration) if active.runs_a_program else None
    return Connection(client, target, settings, renewal)


def _api_client(configuration: Any) -> Any:
    api_client = _untyped_module("kubernetes.aio.client").ApiClient(configuration)
    api_client.user_agent = "valohai-endpoints-kubernetes-provider"
    return api_client


def _untyped_module(name: str) -> Any:
    """Import a module of the Kubernetes client, whose functions carry no types, when it is first needed."""
    return importlib.import_module(name)


def _time_limits(
    *, total: float | None = None, sock_connect: float | None = None, sock_read: float | None = None
) -> Any:
    """Return time limits in seconds for one request."""
    import aiohttp

    return aiohttp.ClientTimeout(total=total, sock_connect=sock_connect, sock_read=sock_read)


def _json_object(content: bytes) -> JsonObject:
    try:
        document = json.loads(content)
    except ValueError:
        return {"message": content.decode(errors="replace").strip()[:500]}
    return document if isinstance(document, dict) else {}


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdecimal() else 1.0


def _reason(error: BaseException) -> str:
    os_error = getattr(error, "os_error", None) or error
    return getattr(os_error, "strerror", None) or str(error) or type(error).__name__
