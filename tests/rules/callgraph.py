"""Which function of Inkpad can reach which other, read from the source: for rules about what every act must do.

A name that a function mentions counts as reached, called or not: what is handed on is called by somebody else.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """One file: its functions by qualified name, and what its imported names stand for."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.tree = ast.parse(path.read_text())
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self._find(self.tree, "")
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        self.imports = dict(_imports(self.tree, package))

    def _find(self, node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                self.functions[f"{prefix}{child.name}"] = child
            elif isinstance(child, ast.ClassDef):
                self.classes[child.name] = child
                self._find(child, f"{child.name}.")


def _imports(tree: ast.Module, package: str) -> Iterator[tuple[str, str]]:
    """Local name to dotted name, wherever in the file it is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = f"{package}.{base}".rstrip(".")
            for alias in node.names:
                yield alias.asname or alias.name, f"{base}.{alias.name}"


@cache
def modules() -> dict[str, Module]:
    """Every file of the dashboard by its dotted name."""
    found = {}
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, path)
    return found


def _resolved(dotted: str, depth: int = 0) -> list[str]:
    """The functions ("module:qualname") that a dotted name stands for: one, or every method of a class."""
    module, _, name = dotted.rpartition(".")
    if depth > 8 or not module:
        return []
    if module in modules():
        here = modules()[module]
        if name in here.functions:
            return [f"{module}:{name}"]
        if name in here.classes:
            return [f"{module}:{each}" for each in here.functions if each.startswith(f"{name}.")]
        return _resolved(here.imports[name], depth + 1) if name in here.imports else []
    # A method named through its class, or something that a package imports from one of its modules.
    owner, _, kind = module.rpartition(".")
    if owner in modules() and f"{kind}.{name}" in modules()[owner].functions:
        return [f"{owner}:{kind}.{name}"]
    return []


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else None
    return None


@cache
def _mentioned(function: str) -> frozenset[str]:
    name, _, qualname = function.partition(":")
    module = modules()[name]
    owner = qualname.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(module.functions[qualname]):
        dotted = _dotted(node)
        if dotted is None:
            continue
        head, _, rest = dotted.partition(".")
        if head in ("self", "cls") and owner:
            found.update(_resolved(f"{name}.{owner}.{rest}"))
            continue
        first = module.imports.get(head)
        found.update(_resolved(f"{first}.{rest}".rstrip(".") if first else f"{name}.{dotted}"))
    return frozenset(found)


def reachable(function: str) -> set[str]:
    """Every function that "module:qualname" can reach, itself included."""
    seen, todo = set(), [function]
    while todo:
        if (one := todo.pop()) in seen:
            continue
        seen.add(one)
        todo.extend(_mentioned(one) - seen)
    return seen
