"""The relationships of a file: `owner`, `extends` and the list `relations`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.colonnade_file.entities import EntityBlock, Settings
from colonnade.spec.colonnade_file.field_line import read_field_line
from colonnade.spec.colonnade_file.names import check_entity_name, check_field_name, unknown
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.shape import Block, items_of, mapping_of, text_of
from colonnade.spec.document import Node
from colonnade.spec.english import plural_snake
from colonnade.spec.entities import Attribute, Entity, Relationship
from colonnade.sql.identifier import snake

KINDS = ("1-1", "1-N", "N-1", "N-M")
ON_DELETE = ("cascade", "restrict", "set null", "set default", "no action")
_SCOPES = {"owner": "owner", "all": "all", "all_users": "all"}
_LINK_ROLES = ("plain", "created", "updated")
RELATION_KEYS = (
    "from",
    "to",
    "kind",
    "as",
    "inverse",
    "required",
    "composition",
    "owner",
    "on_delete",
    "via",
    "fields",
    "irreflexive",
    "scope",
    "references",
    "field",
    "description",
)


class RelationReader:
    """Reads relationships between known entities; `relationships` are those read so far."""

    def __init__(self, entities: Iterable[Entity], settings: Settings, problems: Problems) -> None:
        """Take the entities that may be named."""
        self._settings = settings
        self._problems = problems
        self._entities = {entity.name: entity for entity in entities}
        self.relationships: list[Relationship] = []

    def read_block(self, entity_block: EntityBlock) -> Entity:
        """Read `owner` and `extends` of an entity; return the entity with what they say."""
        entity, block = entity_block.entity, entity_block.block
        update: dict[str, Any] = {}
        if block is not None and "extends" in block:
            with self._problems.gather():
                update["weak_of"] = self._extends(entity, block)
        if block is not None and "owner" in block:
            with self._problems.gather():
                update["owner"] = self._owner(entity, block)
        return entity.model_copy(update=update)

    def read_list(self, node: Node) -> None:
        """Read a list `relations`."""
        for item in items_of(node, '"relations"'):
            with self._problems.gather():
                self._add(self._relation(item))

    def _extends(self, entity: Entity, block: Block) -> str:
        target = self._entity(block.need("extends"))
        if target == entity.name:
            raise SpecError("an entity cannot extend itself", at=block.key_span("extends"))
        self._add(
            Relationship(
                name=snake(target),
                source=entity.name,
                target=target,
                kind="1-1",
                inverse=snake(entity.name),
                required=True,
                composition=True,
                at=(block.key_span("extends"),),
            )
        )
        return target

    def _owner(self, entity: Entity, block: Block) -> str:
        """Read `owner: user` or `owner: {author: user}`."""
        node, at = block.need("owner"), block.key_span("owner")
        if node.is_mapping and len(node) == 1:
            ((name, target_node),) = node.items()
            check_field_name(name, node.key_span(name), what="relationship")
        else:
            target_node, name = node, text_of(node, '"owner"')
        target = self._owner_entity(text_of(target_node, '"owner"'), target_node.span)
        if target == entity.name:
            raise SpecError("an entity cannot own itself", at=at, hint="Leave the owner out.")
        relationship = Relationship(
            name=snake(name),
            source=entity.name,
            target=target,
            kind="N-1",
            inverse=self._free_inverse(target, plural_snake(entity.name), snake(name)),
            required=True,
            owner=True,
            at=(at,),
        )
        self._add(relationship)
        return relationship.name

    def _owner_entity(self, word: str, at: Span) -> str:
        """Return the entity that an owner's name stands for: `user` is the identity's, others go by their name."""
        identity = self._settings.identity.entity
        if word == "user" and identity:
            return identity
        for name in self._entities:
            if word in (name, snake(name)):
                return name
        hint = unknown("owner", word, at, ("user", *map(snake, self._entities))).hint
        if word == "user":
            hint = "Say who keeps the users, for example identity: better-auth, or declare an entity User."
        raise SpecError(f'unknown owner "{word}"', at=at, hint=hint)

    def _entity(self, node: Node) -> str:
        name = text_of(node, "an entity")
        if name not in self._entities:
            raise unknown("entity", name, node.span, tuple(self._entities))
        return name

    def _relation(self, node: Node) -> Relationship:
        block = Block(node, "the relation", RELATION_KEYS, self._problems)
        source, target = self._entity(block.need("from")), self._entity(block.need("to"))
        kind = block.word("kind", KINDS, "N-1")
        keys = ("as", "inverse")
        if kind == "1-N":
            source, target, kind, keys = target, source, "N-1", ("inverse", "as")
        name, inverse = self._names(block, kind, (source, target), keys)
        owner = block.flag("owner")
        facts: dict[str, Any] = {
            "name": name,
            "source": source,
            "target": target,
            "kind": kind,
            "inverse": inverse,
            "required": block.flag("required", default=owner),
            "composition": block.flag("composition"),
            "owner": owner,
            "on_delete": block.word("on_delete", ON_DELETE) or None,
            "irreflexive": block.flag("irreflexive"),
            "scope": _SCOPES.get(block.word("scope", tuple(_SCOPES))),
            "field": block.text("field"),
            "description": block.text("description"),
            "at": (node.span,),
        }
        self._check(block, facts)
        facts |= self._association(block, kind)
        facts["target_attribute"] = self._referenced(block, target)
        return Relationship.model_validate(facts)

    def _names(self, block: Block, kind: str, ends: tuple[str, str], keys: tuple[str, str]) -> tuple[str, str]:
        """Return what the source calls the target, and back; unsaid names come from the entities' names."""
        source, target = ends
        for key in keys:
            if key in block:
                check_field_name(block.text(key), block.need(key).span, what="relationship")
        same = source == target
        if same and kind != "N-1" and "as" not in block:
            raise SpecError(
                f'"{source}" to itself needs a name', at=block.node.span, hint='Write for example "as: following".'
            )
        name = plural_snake(target) if kind == "N-M" else "parent" if same else snake(target)
        name = block.text(keys[0], name)
        if keys[1] in block:
            return name, block.text(keys[1])
        inverse = snake(source) if kind == "1-1" else "children" if same and kind == "N-1" else plural_snake(source)
        return name, self._free_inverse(target, inverse, name)

    def _free_inverse(self, target: str, wanted: str, name: str) -> str:
        """Return a name that the target does not use yet for its sources."""
        taken = {attribute.name for attribute in self._entities[target].attributes}
        taken |= {each.inverse for each in self.relationships if each.target == target}
        taken |= {each.name for each in self.relationships if each.source == target}
        return wanted if wanted not in taken and wanted != name else f"{name}_{wanted}"

    def _check(self, block: Block, facts: dict[str, Any]) -> None:
        """Refuse what contradicts itself."""
        at = block.key_span("on_delete") if "on_delete" in block else block.node.span
        if facts["on_delete"] == "set null" and facts["required"]:
            raise SpecError("a required reference cannot be set null", at=at, hint="Drop required, or choose cascade.")
        many = facts["kind"] == "N-M"
        for key in ("required", "owner", "composition", "references", "field") if many else ("via", "fields"):
            if key in block:
                kinds = "N-1, 1-N and 1-1" if many else "N-M"
                raise SpecError(f'"{key}" is for relations of the kind {kinds}', at=block.key_span(key))
        if facts["owner"] and facts["scope"] == "all":
            raise SpecError("a row belongs to its owner and to nobody else", at=block.key_span("scope"))
        if facts["irreflexive"] and facts["source"] != facts["target"]:
            raise SpecError('"irreflexive" is for relations of an entity to itself', at=block.key_span("irreflexive"))

    def _association(self, block: Block, kind: str) -> dict[str, Any]:
        """Read `via` and `fields`: the entity that keeps the pairs, and what it says about each."""
        if kind != "N-M":
            return {}
        via = block.text("via")
        if via:
            check_entity_name(via, block.need("via").span)
        if via in self._entities and "fields" in block:
            raise SpecError(
                f'"{via}" is an entity with fields of its own',
                at=block.key_span("fields"),
                hint="Move these fields there.",
            )
        return {"via": via, "attributes": tuple(self._association_fields(block))}

    def _association_fields(self, block: Block) -> Iterator[Attribute]:
        node = block.get("fields")
        for name, value in mapping_of(node, '"fields"').items() if node is not None else ():
            with self._problems.gather():
                at = block.need("fields").key_span(name)
                line = read_field_line(check_field_name(name, at), value, at=at)
                if line.unique or line.key or line.immutable or line.attribute.role not in _LINK_ROLES:
                    raise SpecError(
                        f'"{name}" says more than the field of a relation can',
                        at=at,
                        hint="Declare the association as an entity and name it under via.",
                    )
                yield line.attribute

    def _referenced(self, block: Block, target: str) -> str:
        name = block.text("references")
        valid = tuple(attribute.name for attribute in self._entities[target].attributes)
        if name and name not in valid:
            raise unknown("attribute", name, block.need("references").span, valid)
        return name

    def _add(self, added: Relationship) -> None:
        """Keep a relationship whose names are free on both sides."""
        at = added.at[0]
        for entity, name in ((added.source, added.name), (added.target, added.inverse)):
            declared = self._entities[entity]
            if declared.has_attribute(name):
                raise SpecError(
                    f'"{entity}" has a field and a relationship called "{name}"',
                    at=at,
                    detail=f"The field stands on line {declared.attribute(name).at[0].line}.",
                    hint='Rename one of them; "as" and "inverse" name a relationship.',
                )
            for each in self.relationships:
                if (entity, name) in ((each.source, each.name), (each.target, each.inverse)):
                    raise SpecError(
                        f'"{entity}" has two relationships called "{name}"',
                        at=at,
                        detail=f"The first stands on line {each.at[0].line}.",
                        hint='Name them with "as" and "inverse".',
                    )
        self.relationships.append(added)
