"""What is said of the valohai.yaml files of public projects: a false alarm here would be one for many."""

from pathlib import Path

from endpoints.advice import Code, Subject
from endpoints.advice.rules import advise_on_endpoints
from endpoints.errors import ProjectError
from endpoints.manifest import load_manifest
from endpoints.stack_file import EndpointLayers, Settings

STACK = {
    "organization": "acme",
    "cluster": {"kind": "embedded"},
    "deployments": [
        {"project": "a", "name": "b", "source": "c", "versions": [{"name": "20261101.0"}]},
    ],
}

ADVICE = {
    # `ship greet` and the others of this file listen everywhere; Uvicorn does not unless it is told.
    "real/ruksi__harpoon.yaml": ["ship-uvicorn.server-command: Uvicorn listens on localhost (its default"],
    # It answers, which tests/cluster shows, but each pod only once until it has restarted.
    "real/valohai__tensorflow-example.yaml": ["greet.server-command: this server exits after one request"],
}
"""Beyond that on memory, which nearly every file gets: no public file sets a limit.
Nothing is said of prefixes, since no file of the collection comes with its code."""


def subjects(path: Path, name: str, nowhere: Path) -> list[Subject]:
    manifest = load_manifest(path, name)
    stack = Settings.model_validate(STACK)
    return [
        Subject(
            deployment=0,
            version="20261101.0",
            endpoint=endpoint,
            definition=manifest.definition(endpoint),
            settings=(layers := EndpointLayers(stack, 0, 0, endpoint.name)).merged(),
            layers=layers,
            code=Code(nowhere),
            commit=None,
        )
        for endpoint in manifest.endpoints
    ]


def test_every_piece_of_advice_on_public_files_has_been_judged(corpus: Path, tmp_path: Path) -> None:
    said: dict[str, list[str]] = {}
    for path in sorted(corpus.rglob("*.yaml")):
        name = path.relative_to(corpus).as_posix()
        try:
            found = list(advise_on_endpoints(subjects(path, name, tmp_path)))
        except ProjectError:
            continue  # its mistakes are told instead
        said[name] = [f"{problem.key}: {problem.text}" for problem in found if "memory" not in problem.key]

    assert len(said) >= 15
    for name, messages in said.items():
        expected = ADVICE.get(name, [])
        assert len(messages) == len(expected), f"{name}: {messages}"
        for message, beginning in zip(messages, expected, strict=True):
            assert message.startswith(beginning), name


def test_four_endpoints_without_a_limit_share_one_piece_of_advice(corpus: Path, tmp_path: Path) -> None:
    path = corpus / "real/SofiaChar__streamlit-demo.yaml"
    (message,) = advise_on_endpoints(subjects(path, "valohai.yaml", tmp_path))
    assert "(also of r-shiny, streamlit-inference-ui, streamlit-sample)" in message.text
