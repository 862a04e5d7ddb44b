"""The import lines that a module needs, in the order of import sorters."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from colonnade.emit.models.letters import width
from colonnade.emit.models.names import natural, sort_key
from colonnade.emit.models.text import WIDTH

# The word that shows the need, and where it comes from: an alias of a module, or a name of one.
_MODULES = {
    "dt": ("datetime", "dt"),
    "pydantic": ("pydantic", ""),
    "sa": ("sqlalchemy", "sa"),
}
_NAMES = {
    "Decimal": "decimal",
    "StrEnum": "enum",
    "IPv4Address": "ipaddress",
    "IPv6Address": "ipaddress",
    "TYPE_CHECKING": "typing",
    "Annotated": "typing",
    "Any": "typing",
    "ClassVar": "typing",
    "Optional": "typing",
    "TypeVar": "typing",
    "UUID": "uuid",
    "JsonValue": "pydantic",
    "Iterable": "collections.abc",
    "event": "sqlalchemy",
    "pg": "sqlalchemy.dialects",
    "declared_attr": "sqlalchemy.orm",
    "Field": "sqlmodel",
    "Relationship": "sqlmodel",
    "SQLModel": "sqlmodel",
    "to_camel": "pydantic.alias_generators",
}
_ALIASES = {"pg": "postgresql as pg"}
_STANDARD = frozenset({"collections.abc", "datetime", "decimal", "enum", "ipaddress", "typing", "uuid"})


def import_lines(
    body: Iterable[str], *, local: Mapping[str, str], typing_only: Mapping[str, str] | None = None
) -> list[str]:
    """Return the import lines for what the body uses.

    `local` are names of other modules of the package by name, imported where used; `typing_only` are
    the names that stand in annotations alone, imported for the type checker.
    """
    tree = ast.parse("\n".join(body))
    used = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    deferred = dict(typing_only or {})
    used |= {"TYPE_CHECKING"} if deferred else set()
    standard: dict[str, set[str]] = {}
    third: dict[str, set[str]] = {}
    plain: list[str] = []
    for word, (module, alias) in _MODULES.items():
        if word in used:
            plain.append(f"import {module} as {alias}" if alias else f"import {module}")
    for word, module in _NAMES.items():
        if word in used:
            group = standard if module in _STANDARD else third
            group.setdefault(module, set()).add(_ALIASES.get(word, word))
    sections = [
        [line for line in plain if line.split()[1] in _STANDARD] + _from_lines(standard),
        [line for line in plain if line.split()[1] not in _STANDARD] + _from_lines(third),
        local_imports({name: module for name, module in local.items() if name in used}),
    ]
    if deferred:
        lines = _from_lines(_by_module(deferred), indent=4)
        sections.append(["if TYPE_CHECKING:", *lines])
    found: list[str] = []
    for section in sections:
        found += [*([""] if found and section else []), *section]
    return found


def local_imports(names: Mapping[str, str]) -> list[str]:
    """Return the lines that import names from other modules of the package, by name."""
    return _from_lines(_by_module(names))


def _by_module(names: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the names of each module of the package."""
    found: dict[str, set[str]] = {}
    for name, module in names.items():
        found.setdefault(f".{module}", set()).add(name)
    return found


def _from_lines(names: Mapping[str, set[str]], *, indent: int = 0) -> list[str]:
    """Return `from … import …` lines, broken where they are too long."""
    margin = " " * indent
    found: list[str] = []
    for module in sorted(names, key=natural):
        wanted = sorted(names[module], key=sort_key)
        line = f"{margin}from {module} import {', '.join(wanted)}"
        if width(line) <= WIDTH:
            found.append(line)
        else:
            found += [f"{margin}from {module} import (", *(f"{margin}    {name}," for name in wanted), f"{margin})"]
    return found
