"""Finds the object that `wsgi: module[:callable]` names and puts it under the endpoint's prefix."""

import functools
import importlib
import inspect
import logging
import os
import re
import sys
from types import ModuleType
from typing import Any, Tuple, Union

from gunicorn.errors import AppImportError

from .asgi import AsgiApplication
from .prefix import Prefix
from .wsgi import WsgiApplication

DEFAULT_CALLABLES = ("application", "app")
"""What is looked for, in this order, where the key names a module alone: gunicorn's custom, then Flask's."""

_log = logging.getLogger("gunicorn.error")


def load(target: str) -> Union[AsgiApplication, WsgiApplication]:
    """Import `module[:callable]` and return its application under the prefix that SCRIPT_NAME holds.

    The callable may be an attribute of another, as in `app:dash.server`. Raises gunicorn's AppImportError,
    which ends the server with its message alone, if there is no such object or if it is no application. An
    exception of the project's own code passes through.
    """
    module, _, name = target.partition(":")
    imported = importlib.import_module(module)
    if not name:
        name = _default_callable(imported)
        _log.info("Serving %s:%s; valohai.yaml names no callable", module, name)
    application: Any = imported
    for attribute in name.split("."):
        if not hasattr(application, attribute):
            raise AppImportError(
                f"Module {module!r} has no {name!r}, which valohai.yaml names as its callable."
            )
        application = getattr(application, attribute)
    prefix = Prefix(os.environ.get("SCRIPT_NAME", ""))
    if is_asgi(application, f"{module}:{name}"):
        # The first version of Starlette, and so of FastAPI, that takes the path whole.
        return AsgiApplication(application, prefix, strip=is_older("starlette", (0, 33)))
    return WsgiApplication(application, prefix)


def _default_callable(module: ModuleType) -> str:
    for name in DEFAULT_CALLABLES:
        if hasattr(module, name):
            return name
    raise AppImportError(
        f"Module {module.__name__!r} has neither {' nor '.join(map(repr, DEFAULT_CALLABLES))}: name the"
        f" application in valohai.yaml, as in `wsgi: {module.__name__}:name`."
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
    if not callable(application):
        raise AppImportError(f"{name} is no application: it is {application!r}, which cannot be called.")
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
        " receive, send) as in ASGI. If it makes the application, store what it returns under a name of the"
        " module and put that name into valohai.yaml."
    )


def _accepts(signature: inspect.Signature, arguments: int) -> bool:
    try:
        signature.bind(*range(arguments))
    except TypeError:
        return False
    return True
