"""The counting that computed figures need."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.spec.access import AccessPattern
from colonnade.spec.openapi.derived import counted, counted_relationship
from colonnade.spec.openapi.linking import singular_name
from colonnade.spec.openapi.model import Model
from colonnade.sql.identifier import snake


def count_pattern(model: Model) -> Iterator[AccessPattern]:
    """Yield, for each figure that is counted from rows, the counting of them for one row."""
    for draft in model.drafts.values():
        for name, attribute in draft.attributes.items():
            field = draft.fields.get(name)
            if attribute.role != "computed" or field is None or not counted(field):
                continue
            relationship = counted_relationship(model, draft, counted(field))
            if relationship is None:
                continue
            if relationship.kind != "N-M":
                entity, by = relationship.source, relationship.name
            elif relationship.source != relationship.target:
                entity, by = relationship.via, snake(draft.name)
            else:
                counts_sources = singular_name(relationship.inverse) == counted(field)
                entity = relationship.via
                by = singular_name(relationship.name if counts_sources else relationship.inverse)
            yield AccessPattern(
                id=f"count-{snake(draft.name)}-{name}".replace("_", "-"),
                kind="aggregate",
                entity=entity,
                equality=(by,),
                required_equality=(by,),
                measures=("count(*)",),
                source=f"{draft.name}.{field.spelling}",
                at=attribute.at,
            )
