"""Files that real projects have published, unmodified, with small applications instead of their own."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.cluster.deployments.kubectl import wait_until
from tests.cluster.deployments.projects import ROOT, deployment
from tests.cluster.deployments.requests import Answer, request
from tests.cluster.deployments.stack import Stack

pytestmark = pytest.mark.cluster

CORPUS = ROOT.parent / "shared/corpus/real"
BASE = "python:3.11-slim"


@dataclass(frozen=True)
class Project:
    """A project whose valohai.yaml is in the corpus.

    `images` are those that the file names and that no registry here has. `settings` are those of endpoints in
    the stack file, `{directory}` in them being the project's.
    """

    manifest: str
    files: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]
    images: tuple[str, ...] = ()


PROJECTS = {
    "tensorflow-example": Project(
        "valohai__tensorflow-example.yaml",
        {
            "requirements.txt": "flask==3.1.3\n",
            "trained.h5": "the model",
            "predict.py": """
                from flask import Flask, request, url_for

                predict = Flask(__name__)
                MODEL = open("model.h5").read()

                @predict.post("/")
                def digit():
                    return f"{MODEL} got {len(request.data)} bytes at {url_for('digit')}"
                """,
        },
        {"greet": {}, "predict-digit": {"files": {"model": {"path": "{directory}/trained.h5"}}}},
        images=("tensorflow/tensorflow:2.6.0",),
    ),
    "fasttext-example": Project(
        "arimbr__valohai-fasttext-example.yaml",
        {
            "requirements.txt": "fastapi==0.165.0\nuvicorn\n",
            "trained.bin": "the labels",
            "api.py": """
                import os

                from fastapi import FastAPI, Request

                app = FastAPI(root_path=os.environ["SCRIPT_NAME"])
                MODEL = open("model.bin").read()

                @app.get("/labels", name="labels")
                def labels(request: Request) -> str:
                    return f"{MODEL} at {request.url_for('labels').path}"
                """,
        },
        {"predict": {"files": {"model": {"path": "{directory}/trained.bin"}}}},
        images=("arimbr/valohai-fasttext-example:deployment",),
    ),
    "deployment-samples": Project(
        "drazendee__vh_deployment_samples.yaml",
        {
            "requirements.txt": "dash==4.4.1\n",
            "app.py": """
                import os

                from dash import Dash, html

                prefix = os.environ["SCRIPT_NAME"] + "/"
                dash = Dash(__name__, requests_pathname_prefix=prefix, routes_pathname_prefix="/")
                dash.layout = html.Div("metadata")
                metadataplotter = dash.server
                """,
        },
        {"visualize-graph": {}},
        images=("library/python:3.6",),
    ),
    "streamlit-demo": Project(
        "SofiaChar__streamlit-demo.yaml",
        {
            "streamlit_sample/requirements.txt": "streamlit==1.67.0\n",
            "streamlit_sample/Chatbot.py": """
                import streamlit

                streamlit.title("Chatbot")
                """,
        },
        {
            "streamlit-sample": {
                "requirements": "streamlit_sample/requirements.txt",
                "replicas": {"min": 1, "max": 1},
            }
        },
        images=("drazend/streamlit:latest",),
    ),
}


@dataclass(frozen=True)
class Asked:
    """A request to an endpoint, and the part of its answer that shows that it is right.

    `{prefix}` in it is the path of the version, by whichever URL it was asked.
    """

    path: str
    contains: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


ASKED = {
    "tensorflow-example/greet": Asked("", "PATH_INFO = '{prefix}'"),
    "tensorflow-example/predict-digit": Asked("/", "the model got 3 bytes at {asked}/", body=b"one"),
    "fasttext-example/predict": Asked("/labels", "the labels at {prefix}/labels"),
    "deployment-samples/visualize-graph": Asked("/_dash-layout", "metadata"),
    "streamlit-demo/streamlit-sample": Asked("/", "<title>Streamlit</title>"),
}


@pytest.fixture(scope="module")
def outputs(
    connection: dict[str, Any], new_stack: Callable[[str], Stack], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Deploy all projects with the alias `latest`; return what the stack says of endpoints and aliases."""
    if not CORPUS.exists():
        pytest.skip(f"the corpus of real files is not here: {CORPUS}")
    deployments = []
    for name, project in PROJECTS.items():
        directory = tmp_path_factory.mktemp(name) / name
        for path, text in project.files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(dedent(text))
        (directory / "valohai.yaml").write_bytes((CORPUS / project.manifest).read_bytes())
        for image in project.images:
            _push_in_place_of(image, tmp_path_factory.mktemp("base"), connection)
        described = deployment(name, directory, **_settings(project, directory))
        deployments.append({**described, "aliases": {"latest": "20261101.0"}})
    stack = new_stack("real-manifests")
    stack.configure(
        organization="trial",
        cluster={"kind": "embedded"},
        routing={"kind": "gateway"},
        deployments=deployments,
    )
    stack.up()
    return stack.outputs(), stack.outputs("aliases")


def _settings(project: Project, directory: Path) -> dict[str, dict[str, Any]]:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        return value.format(directory=directory) if isinstance(value, str) else value

    return {name: filled(dict(settings)) for name, settings in project.settings.items()}


def _push_in_place_of(image: str, directory: Path, connection: Mapping[str, Any]) -> None:
    """Push Python under the name of an image that is not to be had here."""
    (directory / "Dockerfile").write_text(f"FROM {BASE}\n")
    name = f"{connection['registry'].partition('/')[0]}/{image}"
    subprocess.run(
        [
            *("buildctl", "--addr", connection["builder"]["socket"], "build", "--frontend=dockerfile.v0"),
            *(f"--local=context={directory}", f"--local=dockerfile={directory}"),
            f"--output=type=image,name={name},push=true",
        ],
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize("name", ASKED)
def test_a_real_projects_endpoint_answers_at_its_version_and_at_its_alias(
    outputs: tuple[Mapping[str, Any], Mapping[str, Any]], name: str
) -> None:
    project, _, endpoint = name.partition("/")
    version, latest = (f"trial/{project}/production/{path}/{endpoint}" for path in ("20261101.0", "latest"))
    asked = ASKED[name]
    for path, summaries in ((version, outputs[0]), (latest, outputs[1])):
        url = summaries[path]["url"]

        def answered(url: str = url) -> Answer | None:
            answer = request(f"{url}{asked.path}", asked.body, headers=asked.headers)
            return answer if answer.status == 200 else None

        expected = asked.contains.format(prefix=f"/{version}", asked=f"/{path}")
        assert expected in wait_until(answered, 60, f"{url} answered").body
