"""What the spec keeps of a row's history, and how its rows say that they are alive."""

from __future__ import annotations

from colonnade.design.names import column_name
from colonnade.spec import AppendOnly, Attribute, Entity, Spec
from colonnade.sql.identifier import quote


def attribute_with_role(entity: Entity, role: str) -> Attribute | None:
    """Return the entity's attribute with the role, or None."""
    return next((attribute for attribute in entity.attributes if attribute.role == role), None)


def never_changes(spec: Spec, entity: Entity) -> bool:
    """Tell whether rows stay as they were written: by the entity's own word, or by a rule about whole rows."""
    return entity.append_only or any(
        isinstance(rule, AppendOnly) and rule.entity == entity.name and not rule.attributes for rule in spec.invariants
    )


def live_predicate(entity: Entity) -> str:
    """Return the condition that a row is not deleted softly; the empty text when rows never are."""
    marker = attribute_with_role(entity, "deleted")
    if marker is None or entity.external:
        return ""
    column = quote(column_name(marker))
    return f"NOT {column}" if marker.type.base == "boolean" else f"{column} IS NULL"


def both(first: str, second: str) -> str:
    """Return the conjunction of two conditions, of which either may be empty."""
    parts = [part for part in (first, second) if part]
    return " AND ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)
