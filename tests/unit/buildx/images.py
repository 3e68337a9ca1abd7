from typing import Any

from endpoints.buildx.inputs import ImageInputs

PROPERTIES: dict[str, Any] = {
    "repository": "registry.acme.example/ml/greet",
    "tag": "20261101.0",
    "dockerfile": "FROM python:3.11\n",
    "context": ".endpoints/sources/aa",
    "content": "cc",
    "namedContexts": {"serving": ".endpoints/serving/bb"},
    "attestations": {"sbom": True, "provenance": "min"},
}
LOGIN = {"address": "registry.acme.example", "username": "robot", "password": "s73577357"}


def inputs(**changes: Any) -> ImageInputs:
    return ImageInputs.of({**PROPERTIES, **changes})
