"""The protocol itself, over a real gRPC connection on loopback."""

import asyncio
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, status_pb2

from localcluster.kubernetes_provider.servicer import KubernetesServicer
from localcluster.kubernetes_provider.values import JsonObject, Secret, decode, encode
from tests.unit.kubernetes_provider.fake_api import FakeApi, refusal, session_with
from tests.unit.resource_plugin.conversation import converse

URN = "urn:pulumi:stack::project::parent$kubernetes:core/v1:ConfigMap::settings"
CONFIG_MAP: JsonObject = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a"},
    "data": {"b": "c"},
}


def configured(api: FakeApi) -> KubernetesServicer:
    servicer = KubernetesServicer("4.34.2", engine=None)
    servicer.session = session_with(api, servicer.cancelled)
    return servicer


def test_a_call_that_is_not_served_is_unimplemented_so_that_the_engine_goes_without() -> None:
    async def talk(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED

    converse(configured(FakeApi()), talk)


def test_the_version_is_that_of_the_sdk() -> None:
    async def talk(stub: Any) -> None:
        assert (await stub.GetPluginInfo(Empty())).version == "4.34.2"

    converse(configured(FakeApi()), talk)


def test_configure_accepts_secrets_and_previews() -> None:
    async def talk(stub: Any) -> None:
        answer = await stub.Configure(provider_pb2.ConfigureRequest(args=encode({"namespace": "team"})))
        assert answer.acceptSecrets
        assert answer.supportsPreview
        request = provider_pb2.CheckRequest(urn=URN, news=encode(CONFIG_MAP))
        checked = decode((await stub.Check(request)).inputs)
        assert checked["metadata"] == {"name": "a", "namespace": "team"}

    converse(KubernetesServicer("1.0.0", engine=None), talk)


def test_a_hundred_unchanged_objects_cost_no_request() -> None:
    api = FakeApi()

    async def talk(stub: Any) -> None:
        checked = await stub.Check(provider_pb2.CheckRequest(urn=URN, news=encode(CONFIG_MAP)))
        created = await stub.Create(provider_pb2.CreateRequest(urn=URN, properties=checked.inputs))
        api.requests.clear()
        for _ in range(100):
            request = provider_pb2.CheckRequest(urn=URN, olds=checked.inputs, news=encode(CONFIG_MAP))
            news = (await stub.Check(request)).inputs
            difference = await stub.Diff(
                provider_pb2.DiffRequest(urn=URN, id=created.id, olds=created.properties, news=news)
            )
            assert difference.changes == provider_pb2.DiffResponse.DIFF_NONE
        assert api.requests == []

    converse(configured(api), talk)


def test_a_users_mistake_is_a_plain_message_without_a_traceback() -> None:
    async def talk(stub: Any) -> None:
        request = provider_pb2.CheckRequest(urn=URN, news=encode({"kind": "ConfigMap"}))
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await stub.Check(request)
        assert failure.value.details() == "apiVersion must be a string that is known in advance"

    converse(configured(FakeApi()), talk)


def test_a_refusal_that_quotes_a_secret_is_shown_without_it() -> None:
    api = FakeApi()
    api.failures["POST"] = [refusal(422, "Invalid", 'data.b: invalid value "hunter2"')]
    inputs = encode({**CONFIG_MAP, "data": {"b": Secret("hunter2")}})

    async def talk(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await stub.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs))
        assert 'invalid value "[secret]"' in str(failure.value.details())

    converse(configured(api), talk)


def test_a_defect_is_told_as_one_with_its_traceback() -> None:
    async def talk(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await stub.Check(provider_pb2.CheckRequest(urn="nonsense"))
        assert failure.value.code() == grpc.StatusCode.INTERNAL
        assert "has a defect" in str(failure.value.details())
        assert "Traceback" in str(failure.value.details())

    converse(configured(FakeApi()), talk)


def test_an_object_that_is_not_ready_is_handed_over_with_its_reasons() -> None:
    condition = {"type": "Failed", "status": "True", "reason": "Backoff", "message": "too often"}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job", "namespace": "demo"},
        "status": {"conditions": [condition]},
    }

    async def talk(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await stub.Create(provider_pb2.CreateRequest(urn=URN, properties=encode(job)))
        trailers = dict(failure.value.trailing_metadata() or ())
        status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
        detail = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(detail)
        assert detail.id == "demo/job"
        assert detail.reasons == ["Job demo/job failed: [Backoff] too often"]
        assert decode(detail.properties)["__inputs"]["kind"] == "Job"

    converse(configured(FakeApi()), talk)


def test_cancel_ends_a_wait() -> None:
    api = FakeApi()
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job", "namespace": "demo"}}
    servicer = configured(api)

    async def talk(stub: Any) -> None:
        creation = asyncio.ensure_future(
            stub.Create(provider_pb2.CreateRequest(urn=URN, properties=encode(job), timeout=60))
        )
        while not api.objects:
            await asyncio.sleep(0.01)
        await stub.Cancel(Empty())
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await asyncio.wait_for(creation, timeout=10)
        assert "cancelled" in str(failure.value.details())

    converse(servicer, talk)


def test_an_id_without_a_name_is_refused() -> None:
    async def talk(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await stub.Read(provider_pb2.ReadRequest(id="demo/", urn=URN))
        assert "use namespace/name" in str(failure.value.details())

    converse(configured(FakeApi()), talk)
