"""How the launcher tells ASGI from WSGI."""

import asyncio
import functools
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from endpoints.serving.valohai_serving.application import is_asgi, is_older
from endpoints.serving.valohai_serving.asgi import AsgiApplication
from endpoints.serving.valohai_serving.failures import NoApplicationError
from endpoints.serving.valohai_serving.prefix import Prefix


def wsgi_function(environ: Any, start_response: Any) -> None: ...
def wsgi_with_option(environ: Any, start_response: Any, option: Any = None) -> None: ...
def any_arguments(*arguments: Any) -> None: ...
async def asgi_function(scope: Any, receive: Any, send: Any) -> None: ...
def asgi_without_async(scope: Any, receive: Any, send: Any) -> None: ...
def factory() -> None: ...
def old_asgi(scope: Any) -> None: ...
def configured(option: Any, environ: Any, start_response: Any) -> None: ...


class WsgiClass:
    def __init__(self, environ: Any, start_response: Any) -> None: ...


class WsgiObject:
    def __call__(self, environ: Any, start_response: Any) -> None: ...


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize(
    "application",
    [
        wsgi_function,
        wsgi_with_option,
        any_arguments,
        WsgiClass,
        WsgiObject(),
        WsgiObject().__call__,
        functools.partial(configured, "option"),
    ],
)
def test_two_arguments_are_wsgi(application: Any) -> None:
    assert not is_asgi(application, "module:name")


@pytest.mark.parametrize(
    "application",
    [
        asgi_function,
        asgi_without_async,
        AsgiObject(),
        AsgiObject().__call__,
        functools.partial(asgi_function),
    ],
)
def test_coroutines_and_three_arguments_are_asgi(application: Any) -> None:
    assert is_asgi(application, "module:name")


@pytest.mark.parametrize("application", [factory, old_asgi])
def test_other_numbers_of_arguments_are_refused_with_the_remedy(application: Any) -> None:
    with pytest.raises(
        NoApplicationError, match=r"module:name is no application.*write the call into valohai.yaml"
    ):
        is_asgi(application, "module:name")


@pytest.mark.parametrize(
    ("release", "older"), [("0.32.0", True), ("0.33.0", False), ("1.10.0", False), ("unknown", False)]
)
def test_the_release_of_a_module_is_compared_by_number(
    monkeypatch: pytest.MonkeyPatch, release: str, older: bool
) -> None:
    monkeypatch.setitem(sys.modules, "starlette", SimpleNamespace(__version__=release))
    assert is_older("starlette", (0, 33)) is older


def test_a_module_that_is_not_imported_is_not_older() -> None:
    assert not is_older("no_such_module", (99, 0))


@pytest.mark.parametrize(("rest", "stripped"), [("/where", "/where"), ("/", "/"), ("", "/")])
def test_an_old_framework_is_given_the_path_without_the_prefix(rest: str, stripped: str) -> None:
    seen: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001
        seen.append(scope)

    async def send(_: object) -> None: ...

    served = AsgiApplication(application, Prefix("/a/b/c/d/e"), strip=True)
    scope = {"type": "http", "method": "GET", "path": f"/a/b/c/latest/e{rest}", "headers": []}
    asyncio.run(served(scope, None, send))  # type: ignore[arg-type]
    assert (seen[0]["root_path"], seen[0]["path"]) == ("/a/b/c/latest/e", stripped)
    assert scope["path"] == f"/a/b/c/latest/e{rest}"
