"""Runs the whole program in this process and records what it declares; no engine, no plugin, no cluster."""

import gc
import hashlib
import json
import os
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import Stack

ROOT = Path(__file__).parents[2]
PROJECT = "endpoints"
STACK = "recorded"
TOKEN = {
    "token": "the-token",
    "given": "2026-11-24T00:00:00+00:00",
    "expires": "2126-12-24T00:00:00+00:00",
}


@dataclass(frozen=True)
class Declared:
    """One resource: `path` holds the types from the outermost component to the resource itself."""

    path: tuple[str, ...]
    name: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any]

    @property
    def type(self) -> str:
        return self.path[-1]


@dataclass
class Recording:
    """What a program declares; `read` are types, names and identifiers of what it only looks at."""

    resources: list[Declared] = field(default_factory=list)
    read: list[tuple[str, str, str]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of_type(self, token: str) -> list[Declared]:
        return [resource for resource in self.resources if resource.type == token]

    def only(self, token: str) -> Declared:
        (found,) = self.of_type(token)
        return found


class Engine(Mocks):
    """Answers as the plugins would, and as the engine does when asked for what stacks have in their states.

    An image gets a digest that depends on all that goes into it, an object without a name gets one, and a
    token is given for a month.
    """

    def __init__(
        self, other_stacks: Mapping[str, Mapping[str, Any]], own_resources: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.other_stacks = other_stacks
        self.own_resources = own_resources

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        outputs = dict(args.inputs)
        if args.typ == "docker-build:index:Image":
            digest = hashlib.sha256(json.dumps(args.inputs, sort_keys=True).encode()).hexdigest()
            outputs |= {"digest": f"sha256:{digest}", "ref": f"{args.inputs['tags'][0]}@sha256:{digest}"}
        if args.typ == "buildx:index:Image":
            digest = hashlib.sha256(json.dumps(args.inputs, sort_keys=True).encode()).hexdigest()
            outputs |= {"ref": f"{args.inputs['repository']}:{args.inputs['tag']}@sha256:{digest}"}
        if args.typ == "docker:index/image:Image":
            digest = hashlib.sha256(json.dumps(args.inputs, sort_keys=True).encode()).hexdigest()
            repository = args.inputs["imageName"].rpartition(":")[0]
            outputs |= {"repoDigest": f"{repository}@sha256:{digest}"}
        if args.typ == "pulumi-python:dynamic/managed:BoundToken":
            outputs |= TOKEN
        metadata = outputs.get("metadata")
        if metadata is not None and "name" not in metadata:
            outputs["metadata"] = {**metadata, "name": f"{args.name}-1234abcd"}
        return f"{args.name}-id", outputs

    def call(self, args: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        own = f"{pulumi.get_organization()}/{pulumi.get_project()}/{STACK}"
        if args.token == "pulumi:pulumi:readStackResourceOutputs":
            assert args.args["stackName"] == own
            assert self.own_resources, "the engine ends where it is asked for resources of a new stack"
            return {"name": own, "outputs": dict(self.own_resources)}, []
        if args.token != "pulumi:pulumi:readStackOutputs":
            raise AssertionError(f"the program calls no function of a provider, but did: {args.token}")
        name = args.args["name"]
        if name == own:
            return {"name": name, "outputs": {"endpoints": {}} if self.own_resources else {}}, []
        return {"name": name, "outputs": dict(self.other_stacks[name])}, []


class Monitor(MockMonitor):
    """Keeps what the SDK's monitor drops: inputs and options."""

    def __init__(self, recording: Recording, engine: Engine) -> None:
        super().__init__(engine)
        self.recording = recording
        self.paths: dict[str, tuple[str, ...]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        response: Any = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            path = (*self.paths.get(request.parent, ()), request.type)
            self.paths[response.urn] = path
            self.recording.resources.append(
                Declared(
                    path=path,
                    name=request.name,
                    inputs=whole_numbers(rpc.deserialize_properties(request.object)),
                    options={
                        "providers": dict(request.providers),
                        "provider": request.provider,
                        "retain_on_delete": request.retainOnDelete,
                        "deleted_with": request.deletedWith,
                        "ignore_changes": list(request.ignoreChanges),
                        "dependencies": sorted(request.dependencies),
                        "timeouts": {
                            "create": request.customTimeouts.create,
                            "update": request.customTimeouts.update,
                        },
                    },
                )
            )
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        self.recording.read.append((request.type, request.name, request.id))
        return super().ReadResource(request)  # type: ignore[no-untyped-call]


def whole_numbers(value: Any) -> Any:
    """Undo the protocol's habit of making every number a float."""
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def run_program(
    configuration: Mapping[str, str],
    other_stacks: Mapping[str, Mapping[str, Any]] | None = None,
    program: Path = ROOT / "__main__.py",
    project: str = PROJECT,
    own_resources: Mapping[str, Mapping[str, Any]] | None = None,
) -> Recording:
    """Run a program with this configuration; values as Pulumi hands them over (JSON for objects).

    `other_stacks` are the outputs of other stacks by their full names, `own_resources` what the last update
    of this one left: types and outputs by URN.
    """
    recording, engine = Recording(), Engine(other_stacks or {}, own_resources or {})
    set_mocks(
        engine,
        project=project,
        stack=STACK,
        preview=False,
        monitor=Monitor(recording, engine),
        organization="organization",
    )
    # Mocks name no directory, as the engine does.
    SETTINGS.root_directory = str(program.parent)
    # There is no cluster to look at.
    settings = {"preflight": "off", **configuration} if project == PROJECT else configuration
    given = json.dumps({f"{project}:{key}": value for key, value in settings.items()})

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[None]:
        # The SDK keeps the stack of the program before.
        stack = get_root_resource()
        assert isinstance(stack, Stack)
        stack.outputs.clear()
        runpy.run_path(str(program))
        # A program that ends soon keeps its garbage; these tests go on.
        gc.unfreeze()
        return pulumi.Output.from_input(stack.outputs).apply(recording.outputs.update)

    with patch.dict(os.environ, {"PULUMI_CONFIG": given}):
        run()
    return recording
