"""By which scheme a registry is asked, and what counts as an answer."""

import io
import urllib.error
import urllib.request
from email.message import Message

import pytest

from endpoints.preflight.fetch import registry_failure


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("localhost:5000", "http://localhost:5000/v2/"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000/v2/"),
        ("[::1]:5000", "http://[::1]:5000/v2/"),
        ("[::1]", "http://[::1]/v2/"),
        ("[2001:db8::7]:5000", "https://[2001:db8::7]:5000/v2/"),
        ("registry.acme.example", "https://registry.acme.example/v2/"),
        ("docker.io", "https://registry-1.docker.io/v2/"),
    ],
)
def test_a_registry_of_this_machine_alone_is_asked_by_http(
    monkeypatch: pytest.MonkeyPatch, address: str, url: str
) -> None:
    asked: list[str] = []

    def refuse(url: str, **_: object) -> None:
        asked.append(url)
        raise urllib.error.HTTPError(url, 401, "Unauthorized", Message(), io.BytesIO())

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert registry_failure(address) is None
    assert asked == [url]


def test_brackets_around_no_address_are_told() -> None:
    assert registry_failure("[1234]:5000") == "'1234' does not appear to be an IPv4 or IPv6 address"
