"""A mistake in an endpoint is told with its file, line and key, and with what is allowed."""

import pytest

from tests.unit.manifest.conftest import BASE, Load, mistakes


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("ab-", '"ab-"'),
        ('"ab\\n"', '"ab\\n"'),
        ("a" * 64, '"aaa'),
        ("a", '"a"'),
        ("Digits", '"Digits"'),
        ("9a", '"9a"'),
        ("a_b", '"a_b"'),
        ("zahl-ä", '"zahl-ä"'),
    ],
)
def test_a_name_that_no_service_can_have_is_refused(load: Load, value: str, found: str) -> None:
    message = mistakes(load, f"- endpoint:\n    image: x\n    wsgi: app\n    name: {value}\n")

    assert message.startswith("valohai.yaml:4: ")
    assert ".name: found " + found in message
    assert "lower-case letters" in message


@pytest.mark.parametrize(("value", "found"), [("on", "the boolean true"), ("123", "the number 123")])
def test_an_unquoted_name_that_yaml_does_not_read_as_text_is_to_be_quoted(
    load: Load, value: str, found: str
) -> None:
    message = mistakes(load, f"- endpoint:\n    name: {value}\n    image: x\n    wsgi: app\n")
    assert f"valohai.yaml:2: {value}.name: found {found}; allowed: a string; put it in quotes" in message


@pytest.mark.parametrize(
    ("line", "key", "expected"),
    [
        # server
        ("wsgi: app\n    server-command: x", "ab.wsgi", "exactly one of them"),
        ("wsgi:", "ab.wsgi", "found nothing (null)"),
        ("wsgi: 'a; rm -rf /'", "ab.wsgi", "dotted Python names"),
        ("wsgi: a:b:c", "ab.wsgi", "dotted Python names"),
        ("wsgi: 'app:create_app(environ)'", "ab.wsgi", "a call with plain values"),
        ("wsgi: 'app:create_app('", "ab.wsgi", "a call with plain values"),
        ("wsgi: 'app:create()()'", "ab.wsgi", "a call with plain values"),
        ("wsgi: my-app", "ab.wsgi", "dotted Python names"),
        ("wsgi: 'app:'", "ab.wsgi", "dotted Python names"),
        ("wsgi: ''", "ab.wsgi", 'found ""'),
        ("wsgi: lambda.app", "ab.wsgi", "dotted Python names"),
        ("server-command: ''", "ab.server-command", "found an empty string"),
        ("server-command: []", "ab.server-command", "found an empty list"),
        ("server-command: [a, ' ']", "ab.server-command[1]", "found an empty string"),
        ("server-command: [1, 2]", "ab.server-command", "a string, or a list of strings"),
        ("server-command: {a: b}", "ab.server-command", "a string, or a list of strings"),
        ('server-command: "a\\0b"', "ab.server-command", "NUL"),
        # port
        ("wsgi: app\n    port: '8000'", "ab.port", 'found "8000"; allowed: a number'),
        ("wsgi: app\n    port: 80", "ab.port", "found the number 80; allowed: 1025 to 65535"),
        ("wsgi: app\n    port: 65536", "ab.port", "allowed: 1025 to 65535"),
        ("wsgi: app\n    port: true", "ab.port", "found the boolean true"),
        ("wsgi: app\n    port: 8000.5", "ab.port", "found the number 8000.5; allowed: a whole number"),
        ("wsgi: app\n    port: 8000.0", "ab.port", "allowed: a whole number"),
        ("wsgi: app\n    port: 010000", "ab.port", "found 010000, which YAML reads as the number 4096"),
        ("wsgi: app\n    port: 22:22", "ab.port", "found 22:22, which YAML reads as the number 1342"),
        ("wsgi: app\n    port: 0x2000", "ab.port", "which YAML reads as the number 8192"),
        # resources
        ("wsgi: app\n    resources: {cpu: {min: 2, max: 1}}", "ab.resources.cpu", "min 2 above max 1"),
        ("wsgi: app\n    resources: {cpu: {min: -1}}", "ab.resources.cpu.min", "found the number -1"),
        ("wsgi: app\n    resources: {cpu: {min: 0}}", "ab.resources.cpu.min", "above 0"),
        ("wsgi: app\n    resources: {cpu: {max: .nan}}", "ab.resources.cpu.max", "found the number nan"),
        ("wsgi: app\n    resources: {cpu: {max: .inf}}", "ab.resources.cpu.max", "found the number inf"),
        ("wsgi: app\n    resources: {cpu: {max: 0.0005}}", "ab.resources.cpu.max", "steps of 0.001"),
        ("wsgi: app\n    resources: {memory: {min: 1.5}}", "ab.resources.memory.min", "a whole number of MB"),
        ("wsgi: app\n    resources: {memory: {min: 2, max: 1}}", "ab.resources.memory", "min 2 above max 1"),
        ("wsgi: app\n    resources: {memory: {max: 1Gi}}", "ab.resources.memory.max", "without a unit"),
        (
            "wsgi: app\n    resources: {ephemeral-storage: {max: 0}}",
            "ab.resources.ephemeral-storage.max",
            "a whole number of MB",
        ),
        ("wsgi: app\n    resources: {gpu: 1}", "ab.resources.gpu", "did you mean cpu?"),
        ("wsgi: app\n    resources: {devices: {gpu: 1}}", "ab.resources.devices.gpu", "nvidia.com/gpu"),
        ("wsgi: app\n    resources: {devices: {a.b/c: 1.5}}", "ab.resources.devices.a.b/c", "whole number"),
        ("wsgi: app\n    resources: {devices: {a.b/c: 0}}", "ab.resources.devices.a.b/c", "at least 1"),
        (
            "wsgi: app\n    resources: {devices: {x.kubernetes.io/c: 1}}",
            "ab.resources.devices.x.kubernetes.io/c",
            "full name",
        ),
        # nodes
        ("wsgi: app\n    node-selector: '='", "ab.node-selector", 'found "="; allowed: key=value'),
        ("wsgi: app\n    node-selector: foo", "ab.node-selector", "key=value"),
        ("wsgi: app\n    node-selector: a b=c", "ab.node-selector", 'found "a b=c"'),
        ("wsgi: app\n    node-selector: a=b,a=c", "ab.node-selector", "two values"),
        ("wsgi: app\n    tolerations: [{}]", "ab.tolerations[0]", "found no key"),
        ("wsgi: app\n    tolerations: [{operator: Equal, value: x}]", "ab.tolerations[0]", "found no key"),
        (
            "wsgi: app\n    tolerations: [{key: a, operator: Exists, value: x}]",
            "ab.tolerations[0].value",
            "remove it, or use operator: Equal",
        ),
        ("wsgi: app\n    tolerations: [{key: a b}]", "ab.tolerations[0].key", "a taint's key"),
        ("wsgi: app\n    tolerations: [{key: a, value: '!'}]", "ab.tolerations[0].value", 'found "!"'),
        ("wsgi: app\n    tolerations: [{key: a, effect: No}]", "ab.tolerations[0].effect", "allowed"),
        (
            "wsgi: app\n    tolerations: [{key: a, tolerationSeconds: 3}]",
            "ab.tolerations[0].tolerationSeconds",
            "unknown key",
        ),
        # files
        ("wsgi: app\n    files: [{name: a, path: /abs}]", "ab.files[0].path", "an absolute path"),
        ("wsgi: app\n    files: [{name: a, path: ../x}]", "ab.files[0].path", "leaves the repository"),
        ("wsgi: app\n    files: [{name: a, path: a/../../x}]", "ab.files[0].path", "leaves the repository"),
        ("wsgi: app\n    files: [{name: a, path: models/}]", "ab.files[0].path", "a file's path"),
        ("wsgi: app\n    files: [{name: a, path: ''}]", "ab.files[0].path", "a file's path"),
        ("wsgi: app\n    files: [{name: '', path: a}]", "ab.files[0].name", "found an empty string"),
        ('wsgi: app\n    files: [{name: a, path: "a\\nb"}]', "ab.files[0].path", "control characters"),
        ("wsgi: app\n    files: [{name: a}]", "ab.files[0].path", "is missing"),
        (
            "wsgi: app\n    files: [{name: a, path: b}, {name: a, path: c}]",
            "ab.files[1].name",
            'found "a" twice',
        ),
        (
            "wsgi: app\n    files: [{name: a, path: m}, {name: b, path: ./m}]",
            "ab.files[1].path",
            'overlaps with "m"',
        ),
        (
            "wsgi: app\n    files: [{name: a, path: m}, {name: b, path: m/x}]",
            "ab.files[1].path",
            'found "m/x", which overlaps with "m"',
        ),
        ("wsgi: app\n    files:", "ab.files", "found nothing (null); allowed: a list"),
        # volumes
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /w}, {pvc-name: b, mount-path: /w/}]",
            "ab.shared-volumes[1].mount-path",
            'found "/w/", where shared-volumes[0] is mounted already',
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: w}]",
            "ab.shared-volumes[0].mount-path",
            "an absolute path",
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /w/../x}]",
            "ab.shared-volumes[0].mount-path",
            "without ..",
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /w, sub-path: ../x}]",
            "ab.shared-volumes[0].sub-path",
            "without ..",
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: A, mount-path: /w}]",
            "ab.shared-volumes[0].pvc-name",
            "the name of a Kubernetes object",
        ),
        (
            "wsgi: app\n    workspace-volume: {mount-path: /, size: 1}",
            "ab.workspace-volume.mount-path",
            'found "/"',
        ),
        (
            "wsgi: app\n    workspace-volume: {mount-path: /w, size: 0}",
            "ab.workspace-volume.size",
            "at least 1",
        ),
        (
            "wsgi: app\n    workspace-volume: {mount-path: /w, size: 1, storage-class-name: a_b}",
            "ab.workspace-volume.storage-class-name",
            "the name of a Kubernetes object",
        ),
        (
            "wsgi: app\n    workspace-volume: {mount-path: /valohai/repository/, size: 1}",
            "ab.workspace-volume.mount-path",
            "/valohai/repository contains the project's code, which a volume would hide",
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /valohai}]",
            "ab.shared-volumes[0].mount-path",
            "/valohai/repository contains the project's code",
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /valohai/home}]",
            "ab.shared-volumes[0].mount-path",
            "/valohai/home/.local contains the Python packages",
        ),
        (
            "wsgi: app\n    shared-volumes: [{pvc-name: a, mount-path: /dev/shm/cache}]",
            "ab.shared-volumes[0].mount-path",
            "/dev/shm contains the shared memory",
        ),
        # keys
        ("wsgi: app\n    imagee: y", "ab.imagee", "unknown key; did you mean image?"),
        ("wsgi: app\n    server_command: y", "ab.server_command", "did you mean server-command?"),
        ("wsgi: app\n    environment: {A: b}", "ab.environment", "belong in the stack file"),
        ("wsgi: app\n    environment: azure-westeurope-ds1v2", "ab.environment", "names the machine that"),
        ("wsgi: app\n    command: y", "ab.command", "use server-command"),
        ("wsgi: app\n    image: y", "ab.image", "found the key again, first given in line 3"),
        ("wsgi: app\n    description: 2026-13-45", "ab.description", "not a valid timestamp"),
        ("wsgi: app\n    description: 2026-11-24", "ab.description", "found the date 2026-11-24"),
        ("wsgi: app\n    files: !Ref x", "ab.files", "!Ref"),
        ("wsgi: app\n    <<: 3", "ab.<<", "merge key"),
        ("wsgi: app\n    on: x", "ab.on", "which YAML reads as bool; put it in quotes"),
        ("wsgi: app\n    resources: {devices: {1: 1}}", "ab.resources.devices.1", "YAML reads as int"),
        ("wsgi: app\n    ? [a, b]\n    : c", "ab", "a key must be a string"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(load: Load, line: str, key: str, expected: str) -> None:
    message = mistakes(load, f"{BASE}    {line}\n")

    first_line, last_line = 4, 4 + line.count("\n")
    places = [f"valohai.yaml:{number}: " for number in range(first_line, last_line + 1)]
    assert message.startswith(tuple(places)), message
    assert f": {key}: " in message
    assert expected in message


def test_an_image_that_no_registry_can_have_is_refused(load: Load) -> None:
    for image in ("''", "Upper/Case", "a b", "a:b:c", "http://x/y", "x@sha256:12", '"x\\ny"'):
        message = mistakes(load, f"- endpoint:\n    name: ab\n    image: {image}\n    wsgi: app\n")
        assert message.startswith("valohai.yaml:3: ab.image: found "), image
        assert "[registry/]repository[:tag][@digest]" in message


def test_an_endpoint_without_a_server_is_told_of_both_ways(load: Load) -> None:
    assert "valohai.yaml:1: ab: found neither wsgi nor server-command" in mistakes(load, BASE)


def test_missing_name_and_image_are_told_together(load: Load) -> None:
    message = mistakes(load, "- endpoint:\n    wsgi: app\n")
    assert "valohai.yaml:1: endpoint.name: is missing" in message
    assert "valohai.yaml:1: endpoint.image: is missing" in message
