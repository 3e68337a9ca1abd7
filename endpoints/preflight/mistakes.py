"""What the API server says of objects that it is asked to create in a dry run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from endpoints.cluster.api import Answer, Api
from endpoints.preflight.rights import post
from endpoints.preflight.trial import Trial


@dataclass(frozen=True)
class Mistake:
    """What the API server says of an object that it refuses: of the field, or of all of it (empty)."""

    field: str
    text: str


_FIELDS = re.compile(r'(?:unknown|duplicate) field "(?P<field>[^"]+)"')
_TYPES = re.compile(
    r"json: cannot unmarshal (?P<found>\w+) into Go struct field (?P<field>\S+) of type (?P<type>\S+)"
)


INVALID_PATH = re.compile(r"contains invalid paths|cannot be used with pathType")
"""What ingress-nginx says of paths that it refuses.

https://github.com/kubernetes/ingress-nginx/blob/main/internal/ingress/inspector/ingress.go
"""


def mistakes(api: Api, trial: Trial) -> tuple[Mistake, ...]:
    """Return why the API server would not create an object; empty if it would, or if it does not tell.

    In a namespace that does not exist yet nothing but the names of fields can be judged. Their values are
    tried in the namespace `default`, of which nothing else counts.
    """
    namespace = str(trial.object["metadata"]["namespace"])
    answer = post(api, trial.path(namespace), trial.object)
    if answer.status == 404 and "namespaces" in answer.message:
        elsewhere = {**trial.object, "metadata": {**trial.object["metadata"], "namespace": "default"}}
        answer = post(api, trial.path("default"), elsewhere)
        if INVALID_PATH.search(answer.message):
            return (Mistake("", answer.message),)
        return _invalid_fields(answer) if answer.status == 422 else ()
    match answer.status:
        case 400 if "denied the request" in answer.message:
            return (Mistake("", answer.message),)
        case 400:
            return tuple(_undecoded(answer.message))
        case 403 if "denied request" in answer.message:
            return (Mistake("", answer.message.partition("denied request: ")[2]),)
        case 422:
            return _invalid_fields(answer)
        case _:
            return ()


def _undecoded(message: str) -> Iterator[Mistake]:
    """Yield what keeps the API server from reading an object."""
    unknown = [found["field"] for found in _FIELDS.finditer(message)]
    typed = [(found["field"].partition(".")[2], found) for found in _TYPES.finditer(message)]
    for field in unknown:
        yield Mistake(field, "is not a field that Kubernetes knows here; correct its name, or remove it")
    for field, found in typed:
        yield Mistake(field, f"found a {found['found']}; allowed: {found['type']}")
    if not unknown and not typed:
        yield Mistake("", message)


def _invalid_fields(answer: Answer) -> tuple[Mistake, ...]:
    causes = (answer.body.get("details") or {}).get("causes") or ()
    found = [Mistake(cause["field"], cause["message"]) for cause in causes if cause.get("field")]
    return tuple(found) or (Mistake("", answer.message),)
