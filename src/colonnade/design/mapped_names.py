"""What mapped classes call each other: names that clash with no column and with no other relationship."""

from __future__ import annotations

import keyword

from colonnade.design.names import column_name
from colonnade.design.references import References
from colonnade.design.words import plural
from colonnade.spec import Relationship
from colonnade.sql.identifier import snake

# Attributes of every SQLModel class. Source: docs.pydantic.dev/latest/api/base_model
_MODEL_ATTRIBUTES = frozenset(
    {"construct", "copy", "dict", "fields", "from_orm", "json", "metadata", "parse_file", "parse_obj", "parse_raw"}
    | {"query", "registry", "schema", "schema_json", "sqlmodel_update", "validate"}
)


class MappedNames:
    """Gives out attribute names, entity by entity."""

    def __init__(self, references: References) -> None:
        self._taken: dict[str, set[str]] = {}
        for entity in references.spec.entities:
            columns = {column_name(each) for each in entity.attributes if each.role != "computed"}
            columns |= {column.name for column in references.key(entity.name)}
            for relationship in references.by_source[entity.name]:
                if relationship.kind != "N-M":
                    columns |= {column.name for column in references.columns(relationship)}
            self._taken[entity.name] = columns
        pairs = [(each.source, each.target) for each in references.spec.relationships]
        self._repeated = {pair for pair in pairs if pairs.count(pair) > 1}
        self._plain_given: set[tuple[str, str]] = set()

    def attribute(self, relationship: Relationship) -> str:
        """Return what the source calls the target."""
        name = snake(relationship.name)
        shorter = name.removesuffix("_id") or name
        return self._take(relationship.source, shorter, f"{shorter}_{snake(relationship.target)}")

    def inverse(self, relationship: Relationship) -> str:
        """Return what the target calls the source, or the sources."""
        role = snake(relationship.name).removesuffix("_id")
        sources = snake(relationship.source)
        sources = sources if relationship.kind == "1-1" else plural(sources)
        by_role = f"{role}_{sources}"
        if relationship.inverse:
            return self._take(relationship.target, snake(relationship.inverse), by_role)
        pair = (relationship.source, relationship.target)
        if relationship.source == relationship.target:
            wanted = "children" if role == "parent" else by_role
        elif pair in self._repeated and pair in self._plain_given:
            wanted = by_role
        else:
            self._plain_given.add(pair)
            wanted = sources
        return self._take(relationship.target, wanted, by_role)

    def _take(self, entity: str, *wanted: str) -> str:
        """Return the first wanted name that is free, else the last one numbered, and take it."""
        taken = self._taken[entity]
        candidates = [name for name in (_usable(name) for name in wanted) if name not in taken]
        number = 2
        while not candidates:
            candidates = [name for name in (f"{_usable(wanted[-1])}_{number}",) if name not in taken]
            number += 1
        taken.add(candidates[0])
        return candidates[0]


def _usable(name: str) -> str:
    """Return the name, with an underscore behind it where Python or the model base uses it already."""
    clashes = keyword.iskeyword(name) or name in _MODEL_ATTRIBUTES or name.startswith("model_")
    return f"{name}_" if clashes else name
