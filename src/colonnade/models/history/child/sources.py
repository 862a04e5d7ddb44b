"""What the source of a revision says: where its functions are, and what it imports of the application."""

from __future__ import annotations

import ast
import functools
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from colonnade.models.history.messages import RevisionImport

_MARK = "irreversible"
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionSource:
    """Lines count from 1; `irreversible` is what the revision assigns to a name of that kind."""

    upgrade_line: int
    downgrade_line: int
    imports: tuple[RevisionImport, ...]
    irreversible: str


def read_source(path: str, *, scripts: Path) -> RevisionSource:
    """Read a revision that has been imported; modules below `scripts`, resolved, belong to the migrations."""
    tree = ast.parse(Path(path).read_bytes())  # in whatever encoding it says
    functions = {each.name: each.lineno for each in tree.body if isinstance(each, ast.FunctionDef)}
    return RevisionSource(
        upgrade_line=functions.get("upgrade", 1),
        downgrade_line=functions.get("downgrade", 1),
        imports=tuple(_application_imports(tree, scripts)),
        irreversible=next(_reasons(tree), ""),
    )


def _reasons(tree: ast.Module) -> Iterator[str]:
    for each in tree.body:
        targets = each.targets if isinstance(each, ast.Assign) else []
        named = any(isinstance(target, ast.Name) and target.id == _MARK for target in targets)
        if named and isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant) and each.value.value:
            yield str(each.value.value)


def _application_imports(tree: ast.Module, scripts: Path) -> Iterator[RevisionImport]:
    """Yield the imports of what is neither installed nor part of the migrations."""
    for node in _statements(tree.body):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            if isinstance(node, ast.Import | ast.ImportFrom) and _is_application(name, scripts):
                yield RevisionImport(module=name, line=node.lineno)


def _statements(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the statements of a block and of the blocks within it, which is where imports can stand."""
    for each in block:
        yield each
        for inner in _BLOCKS:
            if within := getattr(each, inner, ()):
                yield from _statements(within)


@functools.cache  # revisions import the same few modules
def _is_application(name: str, scripts: Path) -> bool:
    top = name.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return False
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    origin = found.origin if found else None
    if origin is None or not Path(origin).is_file():
        return False
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    place, elsewhere = Path(origin).resolve(), [scripts, *(Path(each).resolve() for each in installed)]
    return not any(place.is_relative_to(each) for each in elsewhere)
