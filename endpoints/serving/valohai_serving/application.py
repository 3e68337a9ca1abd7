"""Finds the object that `wsgi: module[:callable]` names and puts it under the endpoint's prefix."""

import ast
import functools
import importlib
import inspect
import os
import re
import sys
from types import ModuleType
from typing import Any, Tuple, Union

from .asgi import AsgiApplication
from .cors import cors, shared_asgi, shared_wsgi
from .failures import NoApplicationError, log
from .gate import gate, guarded_asgi, guarded_wsgi
from .prefix import Prefix
from .wsgi import WsgiApplication

DEFAULT_CALLABLES = ("application", "app")
"""What is looked for, in this order, where the key names a module alone: gunicorn's custom, then Flask's."""


def load(target: str) -> Union[AsgiApplication, WsgiApplication]:
    """Import `module[:callable]` and return its application under the prefix that SCRIPT_NAME holds.

    The callable may be an attribute of another, as in `app:dash.server`, or a call that makes the
    application, as in `app:create_app()`. Raises NoApplicationError if there is no such object or if it is no
    application. An exception of the project's own code passes through.
    """
    module, _, name = target.partition(":")
    try:
        imported = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise NoApplicationError(
            f"There is no module {module!r}, which valohai.yaml names: code starts in the root of the source."
        ) from None
    if not name:
        name = _default_callable(imported)
        log.info("Serving %s:%s; valohai.yaml names no callable", module, name)
    name, call, arguments = name.partition("(")
    application: Any = imported
    for attribute in name.strip().split("."):
        if not hasattr(application, attribute):
            raise NoApplicationError(
                f"Module {module!r} has no {name!r}, which valohai.yaml names as its callable."
            )
        application = getattr(application, attribute)
    if call:
        application = _called(application, f"{name}({arguments}")
    prefix, entrance, pages = Prefix(os.environ.get("SCRIPT_NAME", "")), gate(), cors()
    asgi = is_asgi(application, f"{module}:{name}")
    if entrance is not None:
        application = (guarded_asgi if asgi else guarded_wsgi)(application, entrance)
    # Around the gate: a browser's preflight request carries neither key nor token.
    if pages is not None:
        application = (shared_asgi if asgi else shared_wsgi)(application, pages)
    served: Union[AsgiApplication, WsgiApplication]
    if asgi:
        # The first version of Starlette, and so of FastAPI, that takes the path whole.
        served = AsgiApplication(application, prefix, strip=is_older("starlette", (0, 33)))
    else:
        served = WsgiApplication(application, prefix)
    if entrance is not None:
        served.on_begin.append(entrance.start)
    return served


def _called(function: Any, expression: str) -> Any:
    """Call a function as the text of `expression` does, whose arguments are plain values."""
    try:
        call: Any = ast.parse(expression, mode="eval").body
        positional = [ast.literal_eval(argument) for argument in call.args]
        named = {argument.arg: ast.literal_eval(argument.value) for argument in call.keywords}
    except (SyntaxError, ValueError, AttributeError):
        raise NoApplicationError(
            f"valohai.yaml names {expression!r} as the callable: a call may have plain values as arguments"
            " only, as in `create_app()` or `create_app('production')`."
        ) from None
    return function(*positional, **named)


def _default_callable(module: ModuleType) -> str:
    for name in DEFAULT_CALLABLES:
        if hasattr(module, name):
            return name
    raise NoApplicationError(
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
    it is taken for WSGI. Raises NoApplicationError, in which it is called `name`, if it takes neither two nor
    three.
    """
    if not callable(application):
        raise NoApplicationError(f"{name} is no application: it is {application!r}, which cannot be called.")
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
    raise NoApplicationError(
        f"{name} is no application: it takes {signature}, not (environ, start_response) as in WSGI or (scope,"
        " receive, send) as in ASGI. If it makes the application, write the call into valohai.yaml, as in"
        f" `wsgi: {name}()`."
    )


def _accepts(signature: inspect.Signature, arguments: int) -> bool:
    try:
        signature.bind(*range(arguments))
    except TypeError:
        return False
    return True
