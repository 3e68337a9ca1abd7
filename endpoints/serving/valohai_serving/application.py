"""Finds the object that `wsgi: module[:callable]` names and puts it under the endpoint's prefix."""

import functools
import importlib
import inspect
import logging
import os
import re
import sys
from typing import Any, Tuple, Union

from gunicorn.errors import AppImportError
from gunicorn.util import import_app

from .asgi import AsgiApplication
from .prefix import Prefix
from .wsgi import WsgiApplication

DEFAULT_CALLABLES = ("application", "app")
"""What is looked for, in this order, where the key names a module alone: gunicorn's custom, then Flask's."""

_log = logging.getLogger("gunicorn.error")


def load(target: str) -> Union[AsgiApplication, WsgiApplication]:
    """Import `module[:callable]` and return its application under the prefix that SCRIPT_NAME holds.

    Raises gunicorn's AppImportError, which ends the server with its message alone, if there is no such
    object or if it is no application. An exception of the project's own code passes through.
    """
    module, _, name = target.partition(":")
    if not name:
        name = _default_callable(module)
        _log.info("Serving %s:%s; valohai.yaml names no callable", module, name)
    target = f"{module}:{name}"
    application = import_app(target)
    prefix = Prefix(os.environ.get("SCRIPT_NAME", ""))
    if is_asgi(application, target):
        # The first version of Starlette, and so of FastAPI, that takes the path whole.
        return AsgiApplication(application, prefix, strip=is_older("starlette", (0, 33)))
    return WsgiApplication(application, prefix)


def _default_callable(module: str) -> str:
    imported = importlib.import_module(module)
    for name in DEFAULT_CALLABLES:
        if hasattr(imported, name):
            return name
    raise AppImportError(
        f"Module {module!r} has neither {' nor '.join(map(repr, DEFAULT_CALLABLES))}: name the application in"
        f" valohai.yaml, as in `wsgi: {module}:name`."
    )


def is_older(module: str, version: Tuple[int, int]) -> bool:
    """Tell whether the project has imported `module` in a release before `version` (major, minor)."""
    release = getattr(sys.modules.get(module), "__version__", "")
    numbers = re.match(r"(\d+)\.(\d+)", release)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) < version


def is_asgi(application: Any, name: str) -> bool:
    """Tell an ASGI application, called with (scope, receive, send), from WSGI's (environ, start_response).

    A coroutine function is ASGI; otherwise the number of arguments decides, and an object that does not tell
    it is taken for WSGI. Raises AppImportError if it takes neither two nor three; `name` is for its message.
    """
    function = application
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = function.__call__
    if inspect.iscoroutinefunction(function):
        return True
    try:
        signature = inspect.signature(application)
    except (TypeError, ValueError):
        return False
    if _accepts(signature, 2):
        return False
    if _accepts(signature, 3):
        return True
    raise AppImportError(
        f"{name} is no application: it takes {signature}, not (environ, start_response) as in WSGI or (scope,"
        f" receive, send) as in ASGI. If it makes the application, write `wsgi: {name}()`."
    )


def _accepts(signature: inspect.Signature, arguments: int) -> bool:
    try:
        signature.bind(*range(arguments))
    except TypeError:
        return False
    return True
