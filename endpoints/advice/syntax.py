"""What a Python file defines, imports and calls, from its syntax tree; nothing is executed."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DYNAMIC = frozenset({"exec", "eval", "globals", "locals", "vars", "setattr", "__getattr__"})
"""Functions that may define anything; as methods, such as PyTorch's `model.eval()`, they do not."""

_IMPORTERS = frozenset({"__import__", "exec", "import_module", "run_module", "run_path"})
"""Functions that may import anything."""

_MODULE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)|([A-Za-z_][\w.]*):[A-Za-z_]\w*")
"""A dotted name, or `module:callable`."""

_SCRIPT = re.compile(r"[\w./-]+\.py")
_LOADS = re.compile(r"open|(?:\w+_)?load(?:_\w+)?|InferenceSession|Interpreter")
_MODEL_FILE = re.compile(
    r"[\w./-]+\.(?:pkl|pickle|joblib|sav|h5|hdf5|keras|pb|tflite|pt|pth|ckpt|safetensors|onnx|npz|npy|bin|cbm)"
)
_WRITES = re.compile(r"\b[wax]b?\b")


class PythonFile:
    """One Python file; raises ValueError if this Python cannot read the source."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        try:
            with warnings.catch_warnings(action="ignore"):  # about invalid escapes, say
                self._tree = ast.parse(source)
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(str(error)) from None
        self._nodes = list(ast.walk(self._tree))

    def defined_names(self) -> set[str] | None:
        """Return the names that the module may have at its top level, or None if it may have any name.

        Names in conditions, loops and `try` count, and so do imports and names that functions make `global`.
        """
        if any(_name(node) in _DYNAMIC for node in self._nodes if not isinstance(node, ast.Attribute)):
            return None
        names = {name for node in self._nodes if isinstance(node, ast.Global) for name in node.names}
        names.update(_bound(self._tree))
        return None if "*" in names else names

    def assignments(self) -> Iterator[tuple[str, str, int]]:
        """Return what the module assigns at its top level: name, value as source, and line."""
        for node in self._tree.body:
            if isinstance(node, ast.Assign):
                for name in _targets(node):
                    yield name, ast.unparse(node.value), node.lineno

    def applications(self, classes: Sequence[str]) -> list[str]:
        """Return the names that are assigned an object of one of these classes, or are WSGI functions."""
        names = []
        for node in self._tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                if _name(node.value.func) in classes:
                    names += _targets(node)
            elif isinstance(node, ast.FunctionDef) and len(node.args.args) == 2:
                names += [node.name] if node.args.args[0].arg.startswith("environ") else []
        return names

    def calls(self, module: str, functions: Sequence[str]) -> list[ast.Call]:
        """Return the calls of `functions` if the file imports `module`, otherwise none.

        A function is written as in `Script`: `uvicorn.run`, `Flask.run` for objects of a class, or `.launch`.
        """
        if module.encode() not in self._source or not any(_imports(node, module) for node in self._nodes):
            return []
        found = [node for node in self._nodes if isinstance(node, ast.Call)]
        return [call for call in found for function in functions if self._is_call(call, module, function)]

    def _is_call(self, call: ast.Call, module: str, function: str) -> bool:
        owner, _, name = function.rpartition(".")
        if _name(call.func) != name:
            return False
        if not owner:
            return True
        if owner == module and isinstance(call.func, ast.Name):
            return any(
                isinstance(node, ast.ImportFrom)
                and node.module == module
                and any((alias.asname or alias.name) == name for alias in node.names)
                for node in self._nodes
            )
        if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
            return False
        variable = call.func.value.id
        if owner == module:
            return variable == module
        return any(
            isinstance(value, ast.Call) and _name(value.func) == owner
            for value in self._assigned.get(variable, ())
        )

    def gives_variable(self, setting: str, variables: Sequence[str]) -> bool:
        """Tell whether the file gives a setting just the value of one of these environment variables.

        A setting is given as a keyword argument, in a dictionary, or by its key.
        """
        if setting.encode() not in self._source:
            return False
        values: list[ast.expr] = []
        for node in self._nodes:
            if isinstance(node, ast.keyword) and node.arg == setting:
                values.append(node.value)
            elif isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                values += [value for key, value in pairs if key is not None and _text(key) == setting]
            elif isinstance(node, ast.Assign):
                targets = [target for target in node.targets if isinstance(target, ast.Subscript)]
                values += [node.value for target in targets if _text(target.slice) == setting]
        return any(_is_variable(self._resolved(value), variables) for value in values)

    def opened_model_files(self) -> set[str]:
        """Return the literal paths of model files that the file loads or opens, but not for writing."""
        paths: set[str] = set()
        for call in (node for node in self._nodes if isinstance(node, ast.Call)):
            if not call.args or not _LOADS.fullmatch(_name(call.func) or ""):
                continue
            path = _text(self._resolved(call.args[0]))
            others = [*call.args[1:], *(word.value for word in call.keywords)]
            writes = _WRITES.search(" ".join(filter(None, map(_text, others))))
            if path is not None and _MODEL_FILE.fullmatch(path) and not writes:
                paths.add(path)
        return paths

    def imported_modules(self, package: str) -> set[str] | None:
        """Return the modules that the file may import, by their absolute names; None if it may import any.

        `package` is the dotted name of the file's package, for relative imports. Strings that look like a
        dotted name count, since frameworks import modules by such settings.
        """
        modules: set[str] = set()
        parts = package.split(".") if package else []
        for node in self._nodes:
            if isinstance(node, ast.Import):
                modules.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = parts[: len(parts) - node.level + 1] if node.level else []
                base = ".".join([*above, *filter(None, [node.module])])
                modules.update([base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)])
            elif (text := _text(node)) is not None:
                if match := _MODULE.fullmatch(text):
                    modules.add(match[1] or match[2])
            elif _name(node) in _IMPORTERS:
                return None
        return modules

    def named_scripts(self) -> set[str]:
        """Return the Python files that strings name, such as one that is started as a process."""
        texts = filter(None, map(_text, self._nodes))
        return {text for text in texts if _SCRIPT.fullmatch(text)}

    def _resolved(self, value: ast.expr) -> ast.expr:
        """Return what a variable is assigned, if the file does so once, or else the expression itself."""
        assigned = self._assigned.get(value.id, []) if isinstance(value, ast.Name) else []
        return assigned[0] if len(assigned) == 1 else value

    @cached_property
    def _assigned(self) -> dict[str, list[ast.expr]]:
        assigned: dict[str, list[ast.expr]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Assign):
                for name in _targets(node):
                    assigned.setdefault(name, []).append(node.value)
        return assigned


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module binds, without those of the functions and classes in it."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, _SCOPES):
                yield child.name
                continue
            waiting.append(child)
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id
            elif isinstance(child, ast.alias):
                yield child.asname or child.name.split(".")[0]
            elif isinstance(child, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and child.name:
                yield child.name


def _targets(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _is_variable(expression: ast.expr, names: Sequence[str]) -> bool:
    """Tell whether an expression is just the value of one of these environment variables."""
    if isinstance(expression, ast.Subscript):
        return _name(expression.value) == "environ" and _text(expression.slice) in names
    if not isinstance(expression, ast.Call) or not expression.args:
        return False
    owner = expression.func.value if isinstance(expression.func, ast.Attribute) else None
    is_get = _name(expression.func) == "get" and owner is not None and _name(owner) == "environ"
    return (is_get or _name(expression.func) == "getenv") and _text(expression.args[0]) in names


def _imports(node: ast.AST, module: str) -> bool:
    """Tell whether a statement imports a top-level module or something of it."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == module for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == module


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(node: ast.AST) -> str | None:
    """Return the last part of a name: `launch` of `demo.launch`; of a function definition its own name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    return node.id if isinstance(node, ast.Name) else None
