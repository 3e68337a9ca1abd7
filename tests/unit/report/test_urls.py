"""Where endpoints answer is told as far as it is known."""

from typing import Any

import pytest

from endpoints.report.preview import ENDPOINT, Operation, Preview, Resource
from endpoints.report.read import url_of

ADDRESS = "acme/digits/production/1/greet"
OTHER = "acme/digits/production/1/predict"


def preview(outputs: dict[str, Any] | None = None, **settings: Any) -> Preview:
    return Preview("prod", settings, outputs or {}, (), (), ())


def route(**spec: Any) -> Resource:
    type_ = "kubernetes:networking.k8s.io/v1:Ingress"
    return Resource(Operation.CREATE, type_, ADDRESS, ADDRESS, ENDPOINT, None, {"spec": spec})


@pytest.mark.parametrize(
    ("spec", "scheme", "url"),
    [
        ({"rules": [{"host": "a.example"}]}, "http", "http://a.example"),
        ({"rules": [{"host": "a.example"}], "tls": [{"secretName": "s"}]}, "http", "https://a.example"),
        ({"hostnames": ["a.example"], "rules": [{}]}, "https", "https://a.example"),
        ({"hostnames": ["a.example"], "rules": [{}]}, "http", "http://a.example"),
        ({"rules": [{}]}, "https", ""),
    ],
)
def test_a_new_endpoint_answers_at_the_host_of_its_route(spec: dict[str, Any], scheme: str, url: str) -> None:
    shown = url_of(preview(routing={"scheme": scheme}), ADDRESS, [route(**spec)])
    assert shown == f"{url}/{ADDRESS}"


def test_a_new_endpoint_without_a_host_answers_where_the_others_do() -> None:
    outputs = {"endpoints": {OTHER: {"url": f"http://10.0.0.1/{OTHER}"}}}
    assert url_of(preview(outputs), ADDRESS, [route(rules=[{}])]) == f"http://10.0.0.1/{ADDRESS}"


@pytest.mark.parametrize("summary", ["[secret]", {"url": None}, {}])
def test_an_output_that_tells_no_url_is_passed_over(summary: object) -> None:
    found = preview({"endpoints": {ADDRESS: summary}, "aliases": {}})
    assert url_of(found, ADDRESS, [route(rules=[{"host": "a.example"}])]) == f"http://a.example/{ADDRESS}"
