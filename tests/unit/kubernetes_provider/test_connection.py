"""The connection to the API server, against a small HTTP server on loopback."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from localcluster.kubernetes_provider.api.cluster import Cluster
from localcluster.kubernetes_provider.api.connection import Connection, open_connection
from localcluster.kubernetes_provider.api.errors import ApiError, ClusterUnreachableError
from localcluster.kubernetes_provider.api.informer import Informers
from localcluster.kubernetes_provider.failures import UserError
from localcluster.kubernetes_provider.objects import GroupVersionKind, name_of
from localcluster.kubernetes_provider.settings import ClientSettings

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def kubeconfig(server: str, **user: Any) -> dict[str, Any]:
    return {
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
    }


def with_server(
    answer: Answer,
    talk: Callable[[Connection], Awaitable[None]],
    settings: ClientSettings = ClientSettings(),  # noqa: B008 - immutable
    **user: Any,
) -> None:
    async def run() -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        [(_, port)] = runner.addresses
        connection = await open_connection(kubeconfig(f"http://127.0.0.1:{port}", **user), "", "", settings)
        try:
            async with asyncio.timeout(20):
                await talk(connection)
        finally:
            await connection.close()
            await runner.cleanup()

    asyncio.run(run())


def test_a_request_carries_query_body_type_and_token() -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.path_qs, request.headers, await request.json()))
        return web.json_response({"ok": 1})

    async def talk(connection: Connection) -> None:
        content_type = "application/apply-patch+yaml"
        got = await connection.request(
            "PATCH", "/api/v1/x", query={"force": "true"}, body={"a": 1}, content_type=content_type
        )
        assert got == {"ok": 1}

    with_server(answer, talk, token="s3cret")
    [(method, path, headers, body)] = seen
    assert (method, path, body) == ("PATCH", "/api/v1/x?force=true", {"a": 1})
    assert headers["Content-Type"] == "application/apply-patch+yaml"
    assert headers["Authorization"] == "Bearer s3cret"


def test_a_refusal_carries_the_servers_status() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"reason": "AlreadyExists", "message": "it is there"}, status=409)

    async def talk(connection: Connection) -> None:
        with pytest.raises(ApiError, match="it is there") as refusal:
            await connection.request("POST", "/x", body={})
        assert refusal.value.is_already_exists
        assert not refusal.value.is_conflict

    with_server(answer, talk)


def test_a_request_that_comes_too_early_is_sent_again_when_the_server_says() -> None:
    calls: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        if len(calls) < 3:
            return web.json_response({}, status=429, headers={"Retry-After": "0"})
        return web.json_response({"calls": len(calls)})

    async def talk(connection: Connection) -> None:
        assert await connection.request("GET", "/x") == {"calls": 3}

    with_server(answer, talk)


def test_refused_credentials_are_told_with_server_and_context() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"message": "Unauthorized"}, status=401)

    async def talk(connection: Connection) -> None:
        expected = r"http://127\.0\.0\.1:\d+ \(context here\) does not accept the kubeconfig's credentials"
        with pytest.raises(ClusterUnreachableError, match=expected):
            await connection.request("GET", "/x")

    with_server(answer, talk)


def test_a_server_that_does_not_answer_in_time_is_told() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async def talk(connection: Connection) -> None:
        with pytest.raises(ClusterUnreachableError, match=r"no answer within 0\.2 s"):
            await connection.request("GET", "/x")

    with_server(answer, talk, ClientSettings(timeout_seconds=0.2))


def test_a_server_that_is_not_there_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def run() -> None:
        connection = await open_connection(kubeconfig(f"http://127.0.0.1:{port}"), "", "", ClientSettings())
        with pytest.raises(ClusterUnreachableError) as failure:
            await connection.request("GET", "/x")
        await connection.close()
        message = str(failure.value)
        assert message.startswith(
            f"cannot reach the Kubernetes API server http://127.0.0.1:{port} (context here): "
        )
        assert "\n" not in message

    asyncio.run(run())


def test_no_kubeconfig_at_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterUnreachableError, match="no kubeconfig was found"):
        asyncio.run(open_connection(None, "", "", ClientSettings()))


def test_a_missing_context_is_a_users_mistake() -> None:
    with pytest.raises(UserError, match="no context 'there'; it has: here"):
        asyncio.run(open_connection(kubeconfig("http://x"), "there", "", ClientSettings()))


def test_keys_of_the_kubeconfig_do_not_stay_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    document = kubeconfig("https://127.0.0.1:1")
    document["clusters"][0]["cluster"]["certificate-authority-data"] = "bm90IGEga2V5"
    with pytest.raises(ClusterUnreachableError, match="cannot use the kubeconfig for https://127"):
        asyncio.run(open_connection(document, "", "", ClientSettings()))
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_gives_credentials_is_run(tmp_path: Path) -> None:
    program = tmp_path / "credentials"
    program.write_text(
        '#!/bin/sh\necho \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
        '"status": {"token": "fresh"}}\'\n'
    )
    program.chmod(0o755)
    tokens: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        tokens.append(request.headers["Authorization"])
        return web.json_response({})

    async def talk(connection: Connection) -> None:
        await connection.request("GET", "/x")

    execution = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}
    with_server(answer, talk, exec=execution)
    assert tokens == ["Bearer fresh"]


def test_an_informer_lists_once_for_all_and_follows_changes() -> None:
    pods = GroupVersionKind("", "v1", "Pod")
    requests: list[str] = []
    changes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def answer(request: web.Request) -> web.StreamResponse:
        requests.append(request.path_qs.split("&timeout")[0])
        if request.path == "/api/v1":
            return web.json_response({"resources": [{"kind": "Pod", "name": "pods", "namespaced": True}]})
        if "watch" not in request.query:
            items = [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]
            return web.json_response({"metadata": {"resourceVersion": "5"}, "items": items})
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            event = await changes.get()
            await response.write(json.dumps(event).encode() + b"\n")

    async def talk(connection: Connection) -> None:
        informers = Informers(Cluster(connection))
        async with informers.subscribed([pods], "demo") as one, informers.subscribed([pods], "demo") as other:
            while len(one.objects(pods)) < 2:
                await one.changed_since(one.version, 5)
            version = other.version
            changes.put_nowait(
                {"type": "DELETED", "object": {"metadata": {"name": "a", "resourceVersion": "6"}}}
            )
            await other.changed_since(version, 5)
            assert [name_of(pod) for pod in one.objects(pods)] == ["b"]
            assert other.find(pods, "a") is None
            found = one.find(pods, "b")
            assert found is not None
            assert found["kind"] == "Pod"
        assert requests == [
            "/api/v1",
            "/api/v1/namespaces/demo/pods",
            "/api/v1/namespaces/demo/pods?resourceVersion=5&allowWatchBookmarks=true&watch=true",
        ]

    with_server(answer, talk)


def test_an_informer_that_may_not_watch_tells_the_servers_answer() -> None:
    pods = GroupVersionKind("", "v1", "Pod")

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/api/v1":
            return web.json_response({"resources": [{"kind": "Pod", "name": "pods", "namespaced": True}]})
        return web.json_response({"reason": "Forbidden", "message": "pods is forbidden"}, status=403)

    async def talk(connection: Connection) -> None:
        async with Informers(Cluster(connection)).subscribed([pods], "demo") as observation:
            await observation.changed_since(observation.version, 5)
            assert [str(refusal) for refusal in observation.refusals] == ["pods is forbidden"]

    with_server(answer, talk)


def test_an_informer_that_has_fallen_behind_lists_again() -> None:
    pods = GroupVersionKind("", "v1", "Pod")
    listings = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal listings
        if request.path == "/api/v1":
            return web.json_response({"resources": [{"kind": "Pod", "name": "pods", "namespaced": True}]})
        if "watch" in request.query:
            if listings == 1:
                gone = {"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}
                return web.json_response(gone)
            await asyncio.sleep(30)
        listings += 1
        return web.json_response({"items": [{"metadata": {"name": f"pod-{listings}"}}]})

    async def talk(connection: Connection) -> None:
        async with Informers(Cluster(connection)).subscribed([pods], "demo") as observation:
            while observation.find(pods, "pod-2") is None:
                await observation.changed_since(observation.version, 5)
            assert observation.find(pods, "pod-1") is None

    with_server(answer, talk)
