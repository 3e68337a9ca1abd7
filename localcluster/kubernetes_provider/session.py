"""What one configured provider holds: settings, the connection to the cluster, whether it is to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from .api.cluster import Cluster
from .api.connection import Connection, open_connection
from .api.errors import ClusterUnreachableError
from .api.informer import Informers
from .failures import UserError
from .kubeconfig import active_cluster, load_kubeconfig
from .settings import ClientSettings, ProviderSettings
from .values import JsonObject

DEFAULT_NAMESPACE: Final = "default"

Connect = Callable[[JsonObject | None, str, str, ClientSettings], Awaitable[Connection]]


class Session:
    """A provider after Configure. It connects when the cluster is first needed."""

    def __init__(
        self, settings: ProviderSettings, cancelled: asyncio.Event, connect: Connect = open_connection
    ) -> None:
        """Take the settings, the event that is set when the engine asks to stop, and how to connect."""
        self.settings = settings
        self.cancelled = cancelled
        self._connect_to = connect
        self._kubeconfig: JsonObject | None = None
        self._kubeconfig_failure: UserError | None = None
        self.default_namespace = settings.namespace or DEFAULT_NAMESPACE
        self._out_of_reach: ClusterUnreachableError | None = None
        self._connecting = asyncio.Lock()
        self._connected: tuple[Cluster, Informers] | None = None
        self._read_kubeconfig()

    async def cluster(self) -> Cluster:
        """Return the cluster. Raises ClusterUnreachableError where the kubeconfig cannot be used."""
        return (await self._connect())[0]

    async def cluster_for_preview(self) -> Cluster:
        """Return the cluster, unless a preview has found it out of reach: it is not tried again."""
        if self._out_of_reach is not None:
            raise self._out_of_reach
        return await self.cluster()

    def note_out_of_reach(self, error: ClusterUnreachableError) -> bool:
        """Remember for further previews that the cluster does not answer; true the first time."""
        is_news = self._out_of_reach is None
        self._out_of_reach = error
        return is_news

    async def informers(self) -> Informers:
        """Return the cluster's informers."""
        return (await self._connect())[1]

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connected is not None:
            await self._connected[0].connection.close()

    def _read_kubeconfig(self) -> None:
        """Read the kubeconfig; a fault in it is told when the cluster is needed, as officially."""
        settings = self.settings
        try:
            self._kubeconfig = load_kubeconfig(settings.kubeconfig)
            if self._kubeconfig is not None:
                active = active_cluster(self._kubeconfig, settings.context, settings.cluster)
                self.default_namespace = settings.namespace or active.namespace or DEFAULT_NAMESPACE
        except UserError as error:
            self._kubeconfig_failure = error

    async def _connect(self) -> tuple[Cluster, Informers]:
        if self._kubeconfig_failure is not None:
            raise ClusterUnreachableError(str(self._kubeconfig_failure))
        async with self._connecting:
            if self._connected is None:
                settings = self.settings
                connection = await self._connect_to(
                    self._kubeconfig, settings.context, settings.cluster, settings.client
                )
                cluster = Cluster(connection)
                self._connected = cluster, Informers(cluster)
        return self._connected
