"""What tables, columns, classes and constraints are called; the same everywhere in the design."""

from __future__ import annotations

import keyword
from collections.abc import Container, Iterable

from colonnade.design.words import plural
from colonnade.spec import Attribute, Entity, Spec
from colonnade.sql.identifier import fit, pascal, snake, words

# Every table has these already. Source: postgresql.org/docs/current/ddl-system-columns.html
SYSTEM_COLUMNS = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
_MODEL_SUFFIXES = ("Base", "Create", "Update", "Public")


def table_name(spec: Spec, entity: Entity) -> str:
    """Return the entity's table: what its keeper calls it, else the plural in snake_case."""
    if entity.external and entity.name == spec.identity.entity and spec.identity.table:
        return spec.identity.table
    return fit(snake(entity.plural) if entity.plural else plural(snake(entity.name)))


def namespace_name(spec: Spec, entity: Entity) -> str:
    """Return the namespace of the entity's table."""
    return spec.identity.namespace if entity.external and entity.name == spec.identity.entity else "public"


def column_name(attribute: Attribute) -> str:
    """Return the attribute's column; a password is stored as its hash and called so."""
    name = snake(attribute.name)
    if attribute.role == "password" and not {"hash", "hashed", "digest"} & set(words(name)):
        name = f"{name}_hash"
    if name in SYSTEM_COLUMNS:
        name = f"{name}_value"
    return fit(name)


def class_names(names: Iterable[str]) -> dict[str, str]:
    """Return the class of each entity; none is a Python keyword or another entity's create or update model."""
    chosen: dict[str, str] = {}
    wanted = {name: pascal(name) for name in names}
    derived = {base + suffix for base in wanted.values() for suffix in _MODEL_SUFFIXES}
    for name, class_name in wanted.items():
        clashes = class_name in derived or keyword.iskeyword(class_name) or not class_name.isidentifier()
        chosen[name] = free_name(f"{class_name}Record" if clashes else class_name, set(chosen.values()) | derived)
    return chosen


def constraint_name(kind: str, table: str, *parts: str) -> str:
    """Return `kind_table_part…`, fitted into 63 bytes."""
    return fit("_".join((kind, table, *parts)))


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return the wanted name, numbered from 2 while it is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = fit(f"{wanted}_{number}")
    return name
