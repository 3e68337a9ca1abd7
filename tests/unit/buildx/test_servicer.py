"""The plugin, called as the engine calls it; a script in Docker Buildx's place does as it is told."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from endpoints.buildx import build as program
from endpoints.buildx.servicer import BuildxServicer
from tests.unit.buildx import conversation
from tests.unit.buildx.images import LOGIN, PROPERTIES

URN = "urn:pulumi:production::endpoints::buildx:index:Image::greet"
DIGEST = "sha256:" + "1" * 64
REFERENCE = f"registry.acme.example/ml/greet:20261101.0@{DIGEST}"
PUSHES = f"""
    for option; do case $option in --metadata-file=*) file=${{option#*=}};; esac; done
    cat > "$HERE/dockerfile"
    echo '{{"containerimage.digest": "{DIGEST}"}}' > "$file"
    """
FAILS = "echo 'ERROR: failed to push: the password is s73577357'; exit 1"
NEVER_ENDS = 'echo $$ > "$HERE/pid"; exec sleep 600'

Talk = Callable[[Any], Awaitable[None]]
Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    def write(script: str) -> Path:
        file = tmp_path / "bin/buildx"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\nHERE={tmp_path}\n{script}\n")
        file.chmod(0o755)
        return tmp_path

    monkeypatch.setattr(program, "PLUGIN_DIRECTORIES", ())
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return write


def converse(talk: Talk) -> None:
    conversation.converse(BuildxServicer(None), talk)


def struct(**changes: Any) -> Struct:
    return ParseDict({**PROPERTIES, **changes}, Struct())


def creation(**options: Any) -> provider_pb2.CreateRequest:
    return provider_pb2.CreateRequest(urn=URN, properties=struct(login=LOGIN), **options)


def reading(**known: Any) -> provider_pb2.ReadRequest:
    properties = ParseDict(known, Struct())
    return provider_pb2.ReadRequest(id="greet", urn=URN, properties=properties, inputs=struct())


async def message(call: Awaitable[Any]) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    assert raised.value.code() is grpc.StatusCode.UNKNOWN
    return raised.value.details() or ""


def test_an_image_is_known_by_the_digest_that_was_pushed(install: Install) -> None:
    here = install(PUSHES)

    async def talk(provider: Any) -> None:
        created = await provider.Create(creation())
        assert created.id == PROPERTIES["repository"]
        assert MessageToDict(created.properties) == {"ref": REFERENCE}

    converse(talk)
    assert (here / "dockerfile").read_text() == PROPERTIES["dockerfile"]


def test_a_preview_builds_nothing_and_leaves_the_reference_open(install: Install) -> None:
    install(FAILS)

    async def talk(provider: Any) -> None:
        created = await provider.Create(creation(preview=True))
        updated = await provider.Update(
            provider_pb2.UpdateRequest(id="greet", urn=URN, news=struct(), preview=True)
        )
        assert MessageToDict(created.properties) == MessageToDict(updated.properties) == {"ref": UNKNOWN}

    converse(talk)


def test_a_failed_build_is_told_in_buildxs_words_without_the_password(install: Install) -> None:
    install(FAILS)

    async def talk(provider: Any) -> None:
        assert await message(provider.Create(creation())) == "failed to push: the password is [secret]"

    converse(talk)


def test_another_repository_is_another_resource_and_other_code_an_update() -> None:
    async def talk(provider: Any) -> None:
        for change, replaces in (({"content": "b"}, []), ({"repository": "b"}, ["repository"])):
            request = provider_pb2.DiffRequest(urn=URN, old_inputs=struct(), news=struct(**change))
            found = await provider.Diff(request)
            assert found.changes == provider_pb2.DiffResponse.DIFF_SOME
            assert (list(found.diffs), list(found.replaces)) == ([*change], replaces)
        same = provider_pb2.DiffRequest(urn=URN, old_inputs=struct(), news=struct(login=LOGIN))
        assert (await provider.Diff(same)).changes == provider_pb2.DiffResponse.DIFF_NONE

    converse(talk)


def test_a_refresh_drops_an_image_that_the_registry_has_lost(install: Install) -> None:
    install("echo 'ERROR: registry.acme.example/ml/greet: not found'; exit 1")

    async def talk(provider: Any) -> None:
        assert (await provider.Read(reading(ref=REFERENCE))).id == ""

    converse(talk)


@pytest.mark.parametrize("script", ["exit 0", "echo 'ERROR: connection refused'; exit 1"])
def test_a_refresh_keeps_an_image_that_is_there_or_whose_registry_does_not_answer(
    install: Install, script: str
) -> None:
    install(script)

    async def talk(provider: Any) -> None:
        found = await provider.Read(reading(ref=REFERENCE))
        assert MessageToDict(found.properties) == {"ref": REFERENCE}
        assert MessageToDict(found.inputs) == PROPERTIES

    converse(talk)


def test_an_import_is_refused_with_what_to_do() -> None:
    async def talk(provider: Any) -> None:
        told = await message(provider.Read(reading()))
        assert told == "greet cannot be imported; let `pulumi up` build the image"

    converse(talk)


def is_running(identifier: int) -> bool:
    try:
        os.kill(identifier, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_build_that_takes_too_long_is_ended_and_told(install: Install) -> None:
    here = install(NEVER_ENDS)

    async def talk(provider: Any) -> None:
        told = await message(provider.Create(creation(timeout=1)))
        assert told == "the build did not end within 1.0 seconds"

    converse(talk)
    assert not is_running(int((here / "pid").read_text()))


def test_a_cancelled_build_is_ended(install: Install) -> None:
    here = install(NEVER_ENDS)

    async def talk(provider: Any) -> None:
        call = asyncio.ensure_future(provider.Create(creation()))
        while not (here / "pid").exists() or not (here / "pid").read_text():
            await asyncio.sleep(0.01)
        await provider.Cancel(Empty())
        assert await message(call) == "the build was cancelled"

    converse(talk)
    assert not is_running(int((here / "pid").read_text()))
