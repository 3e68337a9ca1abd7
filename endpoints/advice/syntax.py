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

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
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


def calls(tree: ast.Module, module: str, function: str, of: str = "") -> list[ast.Call]:
    """Return the calls of `function` in a file that imports `module`; none if it does not.

    `of` names a class of the module: then only methods of variables that hold such an object count.
    """
    nodes = list(ast.walk(tree))
    if not any(_imports(node, module) for node in nodes):
        return []
    found = [node for node in nodes if isinstance(node, ast.Call) and _name(node.func) == function]
    if not of:
        return found
    objects = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) == of
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        call
        for call in found
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in objects
    ]


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
            if _DOTTED.fullmatch(node.value):
                modules.add(node.value)
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
