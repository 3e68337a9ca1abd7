"""What the official parser makes of edge cases, and what this program does.

The official verdict is asserted as well: where it accepts what is refused here, Kubernetes would refuse it,
or something would be dropped in silence. A newer parser that changes its mind is noticed.
"""

from collections.abc import Callable
from typing import Literal

import pytest
import valohai_yaml
import yaml
from valohai_yaml.lint import lint

from endpoints.errors import ProjectError
from endpoints.manifest import Manifest

Load = Callable[[str], Manifest]
Verdict = Literal["accepts", "refuses"]

ACCEPTED = ""
"""The answer to what loads here."""

BASE = "name: ab, image: x, "
SERVED = f"{BASE}wsgi: app, "

ROWS: list[tuple[str, Verdict, str]] = [
    # name
    ("name: a, image: x, wsgi: app", "refuses", "a.name: found"),
    ("name: ab-, image: x, wsgi: app", "accepts", 'ab-.name: found "ab-"; allowed: at most 63'),
    (f"name: {'a' * 300}, image: x, wsgi: app", "accepts", "allowed: at most 63"),
    ('name: "ab\\n", image: x, wsgi: app', "accepts", 'ab.name: found "ab\\n"; allowed: at most 63'),
    ("name: on, image: x, wsgi: app", "refuses", (
"found the boolean true; allowed: a "
"string; put it in quotes"
)),
    ("name: yes, image: x, wsgi: app", "refuses", "found the boolean true"),
    ("name: 123, image: x, wsgi: app", "refuses", "found the number 123"),
    ("name: zahl-ä, image: x, wsgi: app", "refuses", "lower-case letters"),
    # server
    (f"{BASE}wsgi: app, server-command: x", "refuses", "ab.wsgi: found wsgi and server-command"),
    (BASE, "refuses", "ab: found neither wsgi nor server-command"),
    (f"{BASE}wsgi: , server-command: x", "refuses", "ab.wsgi: found"),
    (f"{BASE}server-command: ''", "accepts", "ab.server-command: found an empty string"),
    (f"{BASE}server-command: []", "accepts", "ab.server-command: found an empty list"),
    ("name: ab, image: '', wsgi: app", "accepts", 'ab.image: found ""'),
    (f"{BASE}wsgi: 'a; rm -rf /'", "accepts", "ab.wsgi: found"),
    (f"{BASE}server-command: [1, 2]", "refuses", "a string, or a list of strings"),
    (f"{BASE}server-command: {{a: b}}", "refuses", "a string, or a list of strings"),
    # port
    (f"{SERVED}port: '8000'", "refuses", 'ab.port: found "8000"'),
    (f"{SERVED}port: 1024", "refuses", "ab.port: found the number 1024; allowed: 1025 to 65535"),
    (f"{SERVED}port: 80", "refuses", "ab.port: found the number 80"),
    (f"{SERVED}port: true", "refuses", "ab.port: found the boolean true"),
    (f"{SERVED}port: 8000.5", "accepts", "ab.port: found the number 8000.5; allowed: a whole number"),
    (f"{SERVED}port: 8000.0", "accepts", "ab.port: found the number 8000.0; allowed: a whole number"),
    (f"{SERVED}port: 010000", "accepts", "ab.port: found 010000, which YAML reads as the number 4096"),
    (f"{SERVED}port: 22:22", "accepts", "ab.port: found 22:22, which YAML reads as the number 1342"),
    # resources
    (f"{SERVED}resources: {{cpu: {{min: 2, max: 1}}}}", "accepts", "found min 2 above max 1"),
    (f"{SERVED}resources: {{cpu: {{min: -1}}}}", "accepts", "ab.resources.cpu.min: found the number -1"),
    (f"{SERVED}resources: {{cpu: {{max: .nan}}}}", "accepts", "ab.resources.cpu.max: found the number nan"),
    (f"{SERVED}resources: {{memory: {{max: 1.5}}}}", "accepts", "allowed: a whole number of MB"),
    (f"{SERVED}resources: {{memory: {{max: 1Gi}}}}", "refuses", "without quotes and without a unit"),
    (f"{SERVED}resources: {{devices: {{a.b/c: 0}}}}", "refuses", "allowed: at least 1"),
    (f"{SERVED}resources: {{devices: {{a.b/c: 0.5}}}}", "refuses", "allowed: at least 1"),
    (f"{SERVED}resources: {{devices: {{a.b/c: '1'}}}}", "refuses", 'found "1"; allowed: a number'),
    (f"{SERVED}resources: {{devices: {{a.b/c: 1.5}}}}", "accepts", "a whole number of devices"),
    (f"{SERVED}resources: {{}}", "accepts", ACCEPTED),
    (f"{SERVED}resources: {{cpu: {{}}}}", "accepts", ACCEPTED),
    (f"{SERVED}resources: {{devices: {{}}}}", "accepts", ACCEPTED),
    (f"{SERVED}resources: {{gpu: 1}}", "refuses", "ab.resources.gpu: unknown key"),
    # nodes
    (f"{SERVED}node-selector: '='", "accepts", 'ab.node-selector: found "="; allowed: key=value'),
    (f"{SERVED}node-selector: 'a=b,c=d'", "accepts", ACCEPTED),
    (f"{SERVED}node-selector: foo", "refuses", "ab.node-selector: found"),
    (f"{SERVED}tolerations: [{{}}]", "accepts", "ab.tolerations[0]: found no key; add key, or operator"),
    (f"{SERVED}tolerations: [{{operator: Exists}}]", "accepts", ACCEPTED),
    (f"{SERVED}tolerations: [{{operator: Equal, value: x}}]", "refuses", "ab.tolerations[0]: found no key"),
    (f"{SERVED}tolerations: [{{key: a, operator: Exists, value: x}}]", "accepts", "ab.tolerations[0].value"),
    (f"{SERVED}tolerations: [{{key: a, tolerationSeconds: 3}}]", "refuses", "unknown key"),
    # files
    (f"{SERVED}files: [{{name: a, path: /abs}}]", "accepts", "ab.files[0].path: found"),
    (f"{SERVED}files: [{{name: a, path: ../x}}]", "accepts", "which leaves the repository"),
    (f"{SERVED}files: [{{name: a, path: b}}, {{name: a, path: c}}]", "accepts", 'found "a" twice'),
    (f"{SERVED}files: [{{name: a, path: m}}, {{name: b, path: m}}]", "accepts", "overlaps with"),
    (f"{SERVED}files: null", "refuses", "ab.files: found nothing (null)"),
    # volumes
    (
        f"{SERVED}shared-volumes: [{{pvc-name: a, mount-path: /w}}, {{pvc-name: b, mount-path: /w/}}]",
        "accepts",
        "where shared-volumes[0] is mounted already",
    ),
    (
        f"{SERVED}shared-volumes: [{{pvc-name: a, mount-path: /w, sub-path: ../x}}]",
        "accepts",
        "ab.shared-volumes[0].sub-path: found",
    ),
    # keys
    (f"{SERVED}environment-variables: []", "refuses", "belong in the stack file"),
    (f"{SERVED}environment: azure-westeurope", "refuses", "it names the machine"),
    (f"{SERVED}command: x", "refuses", "use server-command"),
    (f"{SERVED}server_command: x", "refuses", "did you mean server-command?"),
    (f"{SERVED}description: 'Vorhersage für Ärzte, 予測'", "accepts", ACCEPTED),
    (f"{SERVED}image: y", "accepts", "ab.image: found the key again"),
]  # fmt: skip
"""What stands in the braces of `- endpoint: {...}`, the official verdict, and part of the answer here."""

ONE = f"- endpoint: {{{SERVED}}}\n"
FILES: list[tuple[str, Verdict, str]] = [
    (ONE + ONE, "accepts", "a second endpoint of this name"),
    (f"{ONE}  step: {{name: train, image: x, command: y}}\n", "accepts", "found step next to endpoint"),
    (f"- endpoints: {{{SERVED}}}\n", "accepts", "did you mean endpoint?"),
    (f"endpoint: {{{SERVED}}}\n", "refuses", "found no list at the top of the file"),
    ("", "refuses", "is empty; it needs a list of items"),
    (f"- endpoint: &base {{{SERVED}}}\n- endpoint: {{<<: *base, name: cd}}\n", "accepts", ACCEPTED),
    (f"{ONE}- step: {{nam: broken}}\n", "refuses", ACCEPTED),
]
"""Whole files, in the same form."""


def official(text: str) -> Verdict:
    return "refuses" if lint(text, ansi_colors=False).error_count else "accepts"


def answer(load: Load, text: str) -> str:
    try:
        load(text)
    except ProjectError as error:
        return str(error)
    return ACCEPTED


@pytest.mark.parametrize(("endpoint", "verdict", "expected"), ROWS)
def test_an_endpoint_is_judged_as_the_table_says(
    load: Load, endpoint: str, verdict: Verdict, expected: str
) -> None:
    text = f"- endpoint: {{{endpoint}}}\n"
    found = answer(load, text)

    assert official(text) == verdict
    assert expected in found
    assert found.startswith("valohai.yaml:1: ") == bool(expected), "every mistake has its line"


@pytest.mark.parametrize(("text", "verdict", "expected"), FILES)
def test_a_file_is_judged_as_the_table_says(load: Load, text: str, verdict: Verdict, expected: str) -> None:
    found = answer(load, text)

    assert official(text) == verdict
    assert expected in found
    assert bool(found) == bool(expected)


def test_several_documents_in_a_file_are_refused_with_a_line(load: Load) -> None:
    text = f"{ONE}---\n{ONE}"
    with pytest.raises(yaml.YAMLError):
        valohai_yaml.parse(text)
    assert answer(load, text).startswith("valohai.yaml:2: ")


def test_a_broken_deployment_item_does_not_keep_an_endpoint_from_loading(load: Load) -> None:
    """The official parser ends in a TypeError, which is none of the endpoint's business."""
    text = f"{ONE}- deployment: {{nam: x}}\n"
    with pytest.raises(TypeError):
        valohai_yaml.parse(text)
    assert [endpoint.name for endpoint in load(text).endpoints] == ["ab"]
