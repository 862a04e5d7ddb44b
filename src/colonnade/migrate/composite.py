"""What changes a composite type, and how a value of one becomes a value of another."""

from __future__ import annotations

from colonnade.emit.ddl.objects import attribute, full_type_name
from colonnade.errors import UnsupportedError
from colonnade.migrate.casts import Casts, conversion_of
from colonnade.schema import CompositeType
from colonnade.schema import changes as c
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal


def composite_statements(change: c.AlterCompositeType) -> tuple[str, ...]:
    """Return what takes attributes away and adds others at the end."""
    before, after = change.before, change.after
    name = full_type_name(before)
    olds, news = ({each.name for each in kind.attributes} for kind in (before, after))
    found = [f"DROP ATTRIBUTE {quote(each.name)}" for each in before.attributes if each.name not in news]
    found += [f"ADD ATTRIBUTE {attribute(each)}" for each in after.attributes if each.name not in olds]
    altered = [f"ALTER TYPE {name} {', '.join(found)}"] if found else []
    return (*altered, *attribute_comments(before, after))


def attribute_comments(before: CompositeType | None, after: CompositeType) -> tuple[str, ...]:
    """Return COMMENT ON for the attributes that have another comment than before."""
    olds = {each.name: each.comment for each in before.attributes} if before else {}
    name = full_type_name(after)
    return tuple(
        f"COMMENT ON COLUMN {name}.{quote(each.name)} IS {literal(each.comment)}"
        for each in after.attributes
        if each.comment != olds.get(each.name)
    )


def lost_attributes(before: CompositeType, after: CompositeType) -> str:
    """Return which content goes with the attributes that are gone, empty where none is."""
    news = {each.name for each in after.attributes}
    lost = [f"{full_type_name(before)}.{quote(each.name)}" for each in before.attributes if each.name not in news]
    return f"the values of {', '.join(lost)}" if lost else ""


def row_conversion(column: str, before: CompositeType, after: CompositeType, casts: Casts, *, array: bool) -> str:
    """Return the expression of the new type for a value of the old one, attribute by attribute.

    Raises UnsupportedError for an array, whose elements no expression of a conversion can go through.
    """
    if array:
        raise UnsupportedError(
            f'an array of "{before.name}" cannot be converted',
            detail="Attributes of the composite type change their type or their place.",
            hint="Add the new attributes at the end of the type, and drop the old ones later.",
        )
    olds = {each.name: each for each in before.attributes}
    parts = [
        _attribute_value(f"({quote(column)}).{quote(each.name)}", olds[each.name].type, each.type, casts)
        if each.name in olds
        else "NULL"
        for each in after.attributes
    ]
    return f"CASE WHEN num_nulls({quote(column)}) = 0 THEN ROW({', '.join(parts)})::{full_type_name(after)} END"


def _attribute_value(expression: str, before: str, after: str, casts: Casts) -> str:
    # A type of the same name may have been made anew as well, and no cast leads from the old one to it.
    return f"{expression}::text::{after}" if before == after else conversion_of(expression, before, after, casts)
