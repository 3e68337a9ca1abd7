"""What a Python file defines, imports and calls, from its syntax tree; nothing is executed."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DYNAMIC = frozenset({"exec", "eval", "globals", "locals", "vars", "setattr", "__getattr__"})
"""Names whose use may define anything."""

_IMPORTERS = frozenset({"__import__", "exec", "import_module", "run_module", "run_path"})
"""Functions that may import anything."""

_MODULE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)|([A-Za-z_][\w.]*):[A-Za-z_]\w*")
"""A dotted name, or `module:callable`."""
_LOADS = re.compile(r"open|(?:\w+_)?load(?:_\w+)?|InferenceSession|Interpreter")
_MODEL_FILE = re.compile(
    r"[\w./-]+\.(?:pkl|pickle|joblib|sav|h5|hdf5|keras|pb|tflite|pt|pth|ckpt|safetensors|onnx|npz|npy|bin|cbm)"
)
_SCRIPT = re.compile(r"[\w./-]+\.py")


def parse_python(source: bytes) -> ast.Module | None:
    """Return the syntax tree, or None if this Python cannot read the source."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about the project's code, such as invalid escapes
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defined_names(tree: ast.Module) -> set[str] | None:
    """Return the names that a module may have at its top level, or None if it may have any name.

    Names in conditions, loops and `try` count, and so do imports and names that functions declare `global`.
    """
    if any(_name(node) in _DYNAMIC for node in ast.walk(tree)):
        return None
    names = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    names.update(_bound(tree))
    return None if "*" in names else names


def _bound(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            yield child.name
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, ast.alias):
            yield child.asname or child.name.split(".")[0]
        elif isinstance(child, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and child.name:
            yield child.name
        yield from _bound(child)


def applications(tree: ast.Module, classes: Sequence[str]) -> list[str]:
    """Return the names that a module assigns an object of one of these classes, or a WSGI function."""
    names = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if _name(node.value.func) in classes:
                names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.FunctionDef) and len(node.args.args) == 2:
            names += [node.name] if node.args.args[0].arg.startswith("environ") else []
    return names


def calls(tree: ast.Module, module: str, functions: Sequence[str]) -> list[ast.Call]:
    """Return the calls of `functions` in a file that imports `module`; none if it does not.

    A function is written as in `Script`: `uvicorn.run`, `Flask.run` for objects of a class, or `.launch`.
    """
    nodes = list(ast.walk(tree))
    if not any(_imports(node, module) for node in nodes):
        return []
    found = [node for node in nodes if isinstance(node, ast.Call)]
    return [call for call in found for function in functions if _is_call(call, module, function, nodes)]


def _is_call(call: ast.Call, module: str, function: str, nodes: Sequence[ast.AST]) -> bool:
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
            for node in nodes
        )
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return False
    variable = call.func.value.id
    return variable == module if owner == module else variable in _objects(owner, nodes)


def _objects(of: str, nodes: Sequence[ast.AST]) -> set[str]:
    """Return the variables that hold an object of a class."""
    return {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) == of
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def given_values(tree: ast.Module, setting: str) -> list[ast.expr]:
    """Return what a file gives for a setting: as a keyword argument, in a dictionary or by its key."""
    values: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == setting:
            values.append(node.value)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            values += [value for key, value in pairs if key is not None and _text(key) == setting]
        elif isinstance(node, ast.Assign):
            targets = [target for target in node.targets if isinstance(target, ast.Subscript)]
            values += [node.value for target in targets if _text(target.slice) == setting]
    return values


def is_variable(expression: ast.expr, names: Sequence[str], tree: ast.Module) -> bool:
    """Tell whether an expression is just the value of one of the environment variables `names`.

    A variable of the module that is assigned once is followed.
    """
    if isinstance(expression, ast.Name):
        assigned = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == expression.id for target in node.targets)
        ]
        return (
            len(assigned) == 1
            and not isinstance(assigned[0], ast.Name)
            and is_variable(assigned[0], names, tree)
        )
    if isinstance(expression, ast.Subscript):
        return _name(expression.value) == "environ" and _text(expression.slice) in names
    if isinstance(expression, ast.Call) and expression.args:
        owner = expression.func.value if isinstance(expression.func, ast.Attribute) else None
        is_get = _name(expression.func) == "get" and owner is not None and _name(owner) == "environ"
        return (is_get or _name(expression.func) == "getenv") and _text(expression.args[0]) in names
    return False


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def opened_files(tree: ast.Module) -> set[str]:
    """Return the literal paths of model files that a file loads or opens, not for writing.

    A variable of the module that is assigned one path is followed.
    """
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    assigned.setdefault(target.id, []).append(node.value)
    paths: set[str] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if not _LOADS.fullmatch(_name(call.func) or "") or not call.args:
            continue
        first, *others = call.args
        values = assigned.get(first.id, []) if isinstance(first, ast.Name) else [first]
        path = _text(values[0]) if len(values) == 1 else None
        mode = " ".join(filter(None, map(_text, [*others, *(word.value for word in call.keywords)])))
        if path is not None and _MODEL_FILE.fullmatch(path) and not re.search(r"\b[wax]b?\b", mode):
            paths.add(path)
    return paths


def imported_modules(tree: ast.Module, package: str) -> set[str] | None:
    """Return the modules that a file may import, by their absolute names; None if it may import any.

    `package` is the dotted name of the file's package, for relative imports. Strings that look like a dotted
    name count, since frameworks import modules by such settings.
    """
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*filter(None, above), *filter(None, [node.module])])
            modules.update([base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if match := _MODULE.fullmatch(node.value):
                modules.add(match[1] or match[2])
        elif _name(node) in _IMPORTERS:
            return None
    return modules


def named_scripts(tree: ast.Module) -> set[str]:
    """Return the Python files that strings of a file name, such as one that it starts as a process."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SCRIPT.fullmatch(node.value)
    }


def _imports(node: ast.AST, module: str) -> bool:
    """Tell whether a statement imports a top-level module or something of it."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == module for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == module


def _name(node: ast.AST) -> str | None:
    """Return the last part of a name: `launch` of `demo.launch`; of a definition its own name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    return node.id if isinstance(node, ast.Name) else None
