from collections.abc import Callable

import pytest

from endpoints.errors import ProjectError
from endpoints.stack_file import EndpointLayers, SecretReference, Settings, SmokeRequestSettings

Load = Callable[[str], Settings]


def smoke_request(load: Load, minimal: str, written: str) -> SmokeRequestSettings:
    settings = load(f"{minimal}  endpoints:defaults: {{smokeRequest: {written}}}\n")
    found = EndpointLayers(settings, 0, 0, "greet").merged().smoke_request
    assert found is not None
    return found


def test_without_settings_nothing_is_sent_and_with_none_of_its_own_a_get_must_be_answered_by_200(
    load: Load, minimal: str
) -> None:
    assert EndpointLayers(load(minimal), 0, 0, "greet").merged().smoke_request is None
    found = smoke_request(load, minimal, "{}")
    assert (found.path, found.method, found.status, found.via) == (None, None, 200, "router")


@pytest.mark.parametrize(
    ("written", "expected"),
    [("204", 204), ("100", 100), ("599", 599), ("2xx", "2xx"), ("[200, 3xx]", (200, "3xx"))],
)
def test_a_status_is_a_number_a_class_or_a_list(
    load: Load, minimal: str, written: str, expected: object
) -> None:
    assert smoke_request(load, minimal, f"{{status: {written}}}").status == expected


def test_a_request_by_head_looks_at_the_status_alone(load: Load, minimal: str) -> None:
    assert smoke_request(load, minimal, "{method: HEAD, status: 2xx}").method == "HEAD"


def test_a_body_of_json_is_kept_as_its_text_whatever_it_is(load: Load, minimal: str) -> None:
    assert smoke_request(load, minimal, '{json: {a: [1, "x", null]}}').json_body == '{"a": [1, "x", null]}'
    assert smoke_request(load, minimal, "{json: false}").json_body == "false"


@pytest.mark.parametrize(
    ("written", "key", "expected"),
    [
        ("{path: predict}", ".path", 'found "predict"; allowed: a URL path beginning with a slash'),
        ("{method: get}", ".method", 'found "get"; allowed: GET, HEAD, POST, PUT, PATCH or DELETE'),
        ("{status: ok}", ".status", 'found "ok"; allowed: a status such as 200, a class such as 2xx'),
        ("{status: 99}", ".status", "found the number 99; allowed: a status such as 200"),
        ("{status: 600}", ".status", "found the number 600; allowed: a status such as 200"),
        ("{status: true}", ".status", "found the boolean true; allowed: a status such as 200"),
        ("{status: []}", ".status", "found a list; allowed: a status such as 200"),
        ("{status: [200, 6xx]}", ".status", "allowed: a status such as 200"),
        ("{timeoutSeconds: 0}", ".timeoutSeconds", "found the number 0; allowed: 1 or more"),
        ("{via: ingress}", ".via", 'found "ingress"; allowed: router or pod'),
        ("{bdy: x}", ".bdy", "unknown key; known: contains, contentType, file, headers, json, method, path"),
        ("{text: a, json: 1}", "", "found text and json; allowed: one of them; set the other to null"),
        ("{method: GET, json: 1}", "", "GET has no body; choose another method, or remove json"),
        ("{method: HEAD, contains: x}", "", "the response to HEAD has no body; use GET"),
        (
            "{contentType: image/png, headers: {content-type: image/png}}",
            "",
            "found contentType and a header Content-Type; remove one of the two",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(
    load: Load, minimal: str, written: str, key: str, expected: str
) -> None:
    with pytest.raises(ProjectError) as raised:
        smoke_request(load, minimal, written)
    message = str(raised.value)
    assert message.startswith(f"stacks/Pulumi.test.yaml:11: endpoints:defaults.smokeRequest{key}: ")
    assert expected in message


@pytest.mark.parametrize("header", ["{X-Key: 5773577}", "{X-Key: [s73577357]}"])
def test_what_stands_in_a_header_is_never_shown(load: Load, minimal: str, header: str) -> None:
    with pytest.raises(ProjectError) as raised:
        smoke_request(load, minimal, f"{{headers: {header}}}")
    assert "defaults.smokeRequest.headers.X-Key: found a" in str(raised.value)
    assert "73577" not in str(raised.value)


def test_layers_override_single_keys_headers_by_name_and_a_body_as_a_whole(load: Load, minimal: str) -> None:
    text = (
        f"{minimal}"
        "          endpoints:\n"
        "            greet:\n"
        "              smokeRequest: {json: {b: 2}, headers: {X-B: {secret: key}}}\n"
        "            other:\n"
        "              smokeRequest:\n"
        "  endpoints:secrets: {key: {secure: s73577357}}\n"
        "  endpoints:defaults: {smokeRequest: {path: /a, json: {a: 1}, headers: {X-A: a, X-B: b}}}\n"
    )
    settings = load(text)
    merged = EndpointLayers(settings, 0, 0, "greet").merged().smoke_request
    assert merged is not None
    assert (merged.path, merged.json_body) == ("/a", '{"b": 2}')
    assert merged.headers == {"X-A": "a", "X-B": SecretReference("key")}
    assert EndpointLayers(settings, 0, 0, "other").merged().smoke_request is None


def test_bodies_of_two_layers_are_told_with_both_places(load: Load, minimal: str) -> None:
    text = (
        f"{minimal}"
        "          endpoints: {greet: {smokeRequest: {file: 7.png}}}\n"
        "  endpoints:defaults: {smokeRequest: {json: 1}}\n"
    )
    with pytest.raises(ProjectError) as raised:
        load(text)
    assert str(raised.value) == (
        "stacks/Pulumi.test.yaml:11: endpoints:deployments[0].versions[0].endpoints.greet.smokeRequest.file: "
        "found json and file; allowed: one of them; set the other to null "
        "(json: endpoints:defaults.smokeRequest.json, line 12)"
    )
    taken_back = load(text.replace("file: 7.png", "json: null, file: 7.png"))
    chosen = EndpointLayers(taken_back, 0, 0, "greet").merged().smoke_request
    assert chosen is not None
    assert (chosen.json_body, chosen.file) == (None, "7.png")
