"""Which values of an object are secret in state.

Follows `annotateSecrets` and `checkpointObject` in provider/pkg/provider/provider.go: `data` and
`stringData` of a Secret always, every other value where the program's input at the same place was secret. A
list that holds a secret is secret as a whole, because the API server may reorder it. Two gaps of the
original are closed here: secret inputs in the metadata of a Secret stay secret, and so does kubectl's copy
of the whole object in an annotation.
"""

from typing import Any, Final

from .objects import mapping
from .values import JsonObject, Secret, contains_secret

LAST_APPLIED_ANNOTATION: Final = "kubectl.kubernetes.io/last-applied-configuration"

_SHORTEST_SECRET: Final = 3


def with_secrets_of(plain: JsonObject, inputs: JsonObject) -> JsonObject:
    """Return `plain` with the same values marked secret as in `inputs`, and a Secret's content always.

    `inputs` is the program's input for the same object; `plain` its checked, live or recorded form without
    marks.
    """
    marked = _marked_like(plain, inputs)
    if marked.get("kind") == "Secret":
        for key in ("data", "stringData"):
            if key in marked and not isinstance(marked[key], Secret):
                marked[key] = Secret(marked[key])
    return _with_secret_annotation(marked)


def secret_texts(value: Any, *, inside: bool = False) -> set[str]:
    """Return the strings that are secret in the inputs, for keeping them out of messages.

    Strings of up to three characters are left out: they would hide ordinary words.
    """
    if isinstance(value, Secret):
        return secret_texts(value.value, inside=True)
    if isinstance(value, dict):
        return set().union(*(secret_texts(item, inside=inside) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(secret_texts(item, inside=inside) for item in value))
    return {value} if inside and isinstance(value, str) and len(value) > _SHORTEST_SECRET else set()


def _marked_like(plain: JsonObject, inputs: JsonObject) -> JsonObject:
    return {key: _mark(value, inputs[key]) if key in inputs else value for key, value in plain.items()}


def _mark(value: Any, source: Any) -> Any:
    if isinstance(value, dict) and isinstance(source, dict):
        return _marked_like(value, source)
    return Secret(value) if contains_secret(source) and not isinstance(value, Secret) else value


def _with_secret_annotation(marked: JsonObject) -> JsonObject:
    annotations = mapping(marked, "metadata", "annotations")
    copy = annotations.get(LAST_APPLIED_ANNOTATION)
    if not isinstance(copy, str):
        return marked
    annotations = {**annotations, LAST_APPLIED_ANNOTATION: Secret(copy)}
    return {**marked, "metadata": {**mapping(marked, "metadata"), "annotations": annotations}}
