from collections.abc import Callable

from tests.program.conftest import Configure
from tests.program.recording import Declared


def _described(resource: Declared) -> dict[str, object]:
    return {
        "type": " > ".join(resource.path),
        "name": resource.name,
        "inputs": dict(resource.inputs),
    }


def test_every_object_is_as_in_the_golden_manifest(
    declare: Configure, golden: Callable[[str, object], None]
) -> None:
    recording = declare()

    golden(
        "digits",
        sorted(
            (_described(resource) for resource in recording.resources),
            key=lambda found: str(found["type"]) + str(found["name"]),
        ),
    )


def test_the_outputs_tell_of_every_endpoint_and_alias(
    declare: Configure, golden: Callable[[str, object], None]
) -> None:
    golden("outputs", declare().outputs)
