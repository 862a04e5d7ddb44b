"""The things with their fields sorted: what is stored, what refers, what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from colonnade.span import Span
from colonnade.spec.document import Node
from colonnade.spec.entities import Attribute, Relationship
from colonnade.spec.openapi.asking import Questions
from colonnade.spec.openapi.directory import Directory
from colonnade.spec.openapi.faces import Face, FieldDraft
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.shapes import Shapes
from colonnade.spec.openapi.visits import Visit
from colonnade.spec.questions import Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a field of the contract lives; without a place the reason says why."""

    path: str = ""
    reason: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class EntityDraft:
    """One thing in the making. `key` is the field that identifies a row, "" when the contract shows none."""

    resource: Resource
    fields: dict[str, FieldDraft]
    faces: list[Face]
    visits: list[Visit]
    key: str = ""
    attributes: dict[str, Attribute] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    owner: str = ""
    isolated: bool | None = None
    weak_of: str = ""
    soft_delete: bool = False
    versioned: bool = False
    external: bool = False
    lists_names: bool = False
    at: tuple[Span, ...] = ()

    @property
    def name(self) -> str:
        """The entity's name."""
        return self.resource.name

    @property
    def is_created(self) -> bool:
        """Whether a request adds rows and says what they hold."""
        return any(each.kind == "create" for each in self.visits) and any(each.role == "create" for each in self.faces)

    @property
    def is_updated(self) -> bool:
        """Whether a request changes rows."""
        return any(each.role == "update" for each in self.faces)

    def put(self, attribute: Attribute, *, field_name: str = "") -> None:
        """Store a field as an attribute."""
        self.attributes[attribute.name] = attribute
        self.places[field_name or attribute.name] = Place(
            path="" if attribute.role == "computed" else attribute.name, reason=attribute.reason
        )

    def leave_out(self, field_name: str, reason: str) -> None:
        """Record why a field has no storage."""
        self.places[field_name] = Place(reason=reason)

    def unplaced(self) -> list[FieldDraft]:
        """Return the fields that no rule has taken yet."""
        return [each for name, each in self.fields.items() if name not in self.places]


@dataclass(slots=True, kw_only=True, eq=False)
class Model:
    """Everything read so far."""

    name: str
    directory: Directory
    shapes: Shapes
    visits: list[Visit]
    questions: Questions
    unread: list[Unread]
    prose: str = ""
    hints: tuple[Node, ...] = ()
    drafts: dict[Resource, EntityDraft] = field(default_factory=dict)
    relationships: list[Relationship] = field(default_factory=list)

    def draft(self, name: str) -> EntityDraft:
        """Return the draft of an entity. Raises KeyError when there is none."""
        for each in self.drafts.values():
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def user(self) -> EntityDraft | None:
        """The draft of the accounts."""
        user = self.directory.user
        return self.drafts.get(user) if user is not None else None

    def relate(self, relationship: Relationship) -> Relationship:
        """Add a relationship, or strengthen the one of that name that is known."""
        for index, known in enumerate(self.relationships):
            if (known.source, known.name) == (relationship.source, relationship.name):
                if known.target != relationship.target or known.kind != relationship.kind:
                    return known
                self.relationships[index] = known.model_copy(
                    update={
                        "required": known.required or relationship.required,
                        "composition": known.composition or relationship.composition,
                        "at": tuple(dict.fromkeys((*known.at, *relationship.at)))[:4],
                    }
                )
                return self.relationships[index]
        if relationship.inverse in self._sides(relationship.target):
            inverse = f"{relationship.name}_{relationship.inverse}"
            relationship = relationship.model_copy(update={"inverse": inverse})
        self.relationships.append(relationship)
        return relationship

    def shorten_places(self) -> None:
        """Let a place that leads to an attribute nobody keeps end at the row that would have it."""
        for draft in self.drafts.values():
            for name, place in list(draft.places.items()):
                head, _, rest = place.path.partition(".")
                target = self._across(draft.name, head) if rest else None
                if target is not None and "." not in rest and not self._keeps(target, rest):
                    draft.places[name] = Place(path=head, reason=place.reason)

    def _across(self, entity: str, side: str) -> EntityDraft | None:
        """Return what an entity calls by a name, when no attribute of an association is meant."""
        for each in self.relationships:
            if (each.source, each.name) == (entity, side):
                return None if each.attributes else self.draft(each.target)
            if (each.target, each.inverse) == (entity, side):
                return None if each.attributes else self.draft(each.source)
        return None

    def _keeps(self, draft: EntityDraft, name: str) -> bool:
        attribute = draft.attributes.get(name)
        return attribute is not None and attribute.role != "computed"

    def free_inverses(self) -> None:
        """Rename what things call those that refer to them where they have an attribute of that name."""
        for each in list(self.relationships):
            if each.inverse in self.draft(each.target).attributes:
                self.update(each, inverse=f"{each.name}_{each.inverse}")

    def _sides(self, entity: str) -> set[str]:
        """Return the names by which an entity calls those it refers to and those that refer to it."""
        forward = {each.name for each in self.relationships if each.source == entity}
        return forward | {each.inverse for each in self.relationships if each.target == entity}

    def update(self, relationship: Relationship, **changes: object) -> Relationship:
        """Replace a relationship by a changed copy."""
        changed = relationship.model_copy(update=changes)
        self.relationships[self.relationships.index(relationship)] = changed
        return changed

    def between(self, source: str, target: str, *kinds: str) -> list[Relationship]:
        """Return the relationships from one entity to another, of these kinds or of any."""
        return [
            each
            for each in self.relationships
            if (each.source, each.target) == (source, target) and (not kinds or each.kind in kinds)
        ]

    def references(self, source: str) -> list[Relationship]:
        """Return the N-1 and 1-1 relationships of an entity."""
        return [each for each in self.relationships if each.source == source and each.kind != "N-M"]

    def associations(self, entity: str) -> list[Relationship]:
        """Return the N-M relationships in which an entity takes part."""
        return [each for each in self.relationships if each.kind == "N-M" and entity in (each.source, each.target)]
