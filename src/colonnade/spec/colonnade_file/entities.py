"""The entities of a file: fields, key, volume and the settings of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.colonnade_file.field_line import FieldLine, read_field_line
from colonnade.spec.colonnade_file.identity import KEY_KINDS, read_audit
from colonnade.spec.colonnade_file.names import check_entity_name, check_field_name, unknown
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.quantities import count_of, days_of, rate_of
from colonnade.spec.colonnade_file.shape import Block, mapping_of, text_of, word_of
from colonnade.spec.document import Node
from colonnade.spec.entities import Attribute, Entity, Volume
from colonnade.spec.spec import Defaults, Identity, Isolation
from colonnade.sql.identifier import snake

RULE_KEYS = (
    "unique",
    "check",
    "one_of",
    "at_most_one_of",
    "depends",
    "limit",
    "no_overlap",
    "transitions",
    "append_only",
    "rules",
)
ENTITY_KEYS = (
    "owner",
    "extends",
    "fields",
    "key",
    *RULE_KEYS,
    "evolve",
    "grow",
    "isolation",
    "delete",
    "audit",
    "history",
    "external",
    "plural",
    "description",
)
GROW_KEYS = ("rows", "per_owner", "per_user", "writes", "keep", "skew")
_MAX_SKEW = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityBlock:
    """An entity and the block it was read from, whose rules are read when all names are known."""

    entity: Entity
    block: Block | None = None
    lines: tuple[FieldLine, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for the whole file."""

    identity: Identity
    isolation: Isolation
    defaults: Defaults


def read_entities(
    nodes: Sequence[Node], settings: Settings, problems: Problems, *, contract: Collection[str] = ()
) -> tuple[EntityBlock, ...]:
    """Read every entity, and add the one that an identity provider keeps when no file lists it.

    `contract` are the entities that other documents bring.
    """
    blocks: dict[str, EntityBlock] = {}
    for node in nodes:
        for name, value in mapping_of(node, '"entities"').items():
            with problems.gather():
                at = node.key_span(name)
                if name in blocks:
                    first = blocks[name].entity.at[0]
                    raise SpecError(f'entity "{name}" is declared in two files', at=at, detail=f"The first is {first}.")
                blocks[name] = _read_entity(name, value, at, settings, problems)
    _check_folded(blocks.values(), problems)
    identity = settings.identity
    known = {*blocks, *contract}
    provided: tuple[EntityBlock, ...] = ()
    if identity.external and identity.entity not in known:
        key = identity.key_type or "text"
        provided = (EntityBlock(entity=Entity(name=identity.entity, external=True, key=key, at=identity.at)),)
    elif identity.entity and identity.entity not in known:
        hint = f'Declare "{identity.entity}" under entities, or name another provider.'
        problems.add(SpecError(f'there is no entity "{identity.entity}" for the users', at=identity.at[0], hint=hint))
    tenant = settings.isolation.entity
    if tenant and tenant != identity.entity and tenant not in known:
        problems.add(unknown("entity", tenant, settings.isolation.at[0], tuple(known)))
    return (*provided, *blocks.values())


def _check_folded(blocks: Iterable[EntityBlock], problems: Problems) -> None:
    """Refuse names that become one in a database, which does not tell case apart."""
    seen: dict[str, Entity] = {}
    for block in blocks:
        first = seen.setdefault(snake(block.entity.name).replace("_", ""), block.entity)
        if first is not block.entity:
            message = f'"{block.entity.name}" and "{first.name}" differ in case only'
            problems.add(
                SpecError(message, at=block.entity.at[0], detail=f"The first stands on line {first.at[0].line}.")
            )


def _read_entity(name: str, node: Node, at: Span, settings: Settings, problems: Problems) -> EntityBlock:
    check_entity_name(name, at)
    if node.is_scalar and node.scalar is None:
        return EntityBlock(entity=Entity(name=name, at=(at,)))
    block = Block(node, f'entity "{name}"', ENTITY_KEYS, problems)
    lines = _read_fields(block, problems)
    evolving = _read_evolve(block, lines, problems)
    attributes = tuple(_evolved(line.attribute, evolving) for line in lines)
    roles = {attribute.role for attribute in attributes}
    facts: dict[str, Any] = {
        "isolated": _read_isolated(block, settings.isolation),
        "external": block.flag("external") or (settings.identity.external and settings.identity.entity == name),
        "soft_delete": "deleted" in roles or _read_delete(block, settings.defaults) == "soft",
        "versioned": "version" in roles,
        "audited": block.flag("history"),
        "append_only": _is_append_only(block),
        "timestamps": read_audit(block),
        "volume": _read_volume(block, problems),
        "plural": block.text("plural"),
        "description": block.text("description"),
    }
    facts |= _read_key(block, lines)
    if facts["external"]:
        facts["soft_delete"] = False
        facts["key"] = facts["key"] or settings.identity.key_type
    return EntityBlock(entity=Entity(name=name, attributes=attributes, at=(at,), **facts), block=block, lines=lines)


def _read_fields(block: Block, problems: Problems) -> tuple[FieldLine, ...]:
    node = block.get("fields")
    lines: list[FieldLine] = []
    for name, value in mapping_of(node, f"fields of {block.what}").items() if node is not None else ():
        with problems.gather():
            at = block.need("fields").key_span(name)
            lines.append(read_field_line(check_field_name(name, at), value, at=at))
    for role in ("version", "created", "updated", "deleted"):
        of_role = [line.attribute for line in lines if line.attribute.role == role]
        if len(of_role) > 1:
            names = " and ".join(f'"{attribute.name}"' for attribute in of_role)
            problems.add(
                SpecError(
                    f'{block.what} has two fields of the type "{role}"',
                    at=of_role[1].at[0],
                    detail=f"They are {names}.",
                )
            )
    return tuple(lines)


def _read_evolve(block: Block, lines: tuple[FieldLine, ...], problems: Problems) -> frozenset[str]:
    """Read `evolve: {status: open}`: enums whose values will grow."""
    node = block.get("evolve")
    names: set[str] = set()
    enums = tuple(line.attribute.name for line in lines if line.attribute.type.base == "enum")
    for name, value in mapping_of(node, '"evolve"').items() if node is not None else ():
        with problems.gather():
            if name not in enums:
                raise unknown("enum", name, block.need("evolve").key_span(name), enums)
            if word_of(value, "way to evolve", ("open", "closed")) == "open":
                names.add(name)
    return frozenset(names)


def _evolved(attribute: Attribute, evolving: frozenset[str]) -> Attribute:
    if attribute.name not in evolving:
        return attribute
    return attribute.model_copy(update={"type": attribute.type.model_copy(update={"open": True})})


def _read_isolated(block: Block, isolation: Isolation) -> bool | None:
    node = block.get("isolation")
    if node is None:
        return None
    word = word_of(node, "isolation of an entity", ("none", "user", "tenant"))
    if word not in ("none", isolation.by):
        raise SpecError(
            f'the file does not isolate by "{word}"',
            at=block.key_span("isolation"),
            hint=f'Write "isolation: {{by: {word}}}" at the top of the file; entities may then opt out with none.',
        )
    return word != "none"


def _read_delete(block: Block, defaults: Defaults) -> str:
    return block.word("delete", ("hard", "soft"), defaults.delete)


def _is_append_only(block: Block) -> bool:
    node = block.get("append_only")
    return node is not None and node.is_scalar and block.flag("append_only")


def _read_key(block: Block, lines: tuple[FieldLine, ...]) -> dict[str, Any]:
    """Read `key: uuid`, `key: [country, code]`, or the fields that their lines call key."""
    marked = tuple(line.attribute for line in lines if line.key)
    node = block.get("key")
    if node is None:
        kinds = {"integer": "bigint", "uuid": "uuid", "text": "text"}
        if len(marked) == 1 and not marked[0].type.array and marked[0].type.base in kinds:
            return {"key": kinds[marked[0].type.base]}
        names = tuple(attribute.name for attribute in marked)
        return {"key": "natural", "key_attributes": names} if names else {"key": ""}
    if marked and node.is_sequence:
        raise SpecError(
            f"{block.what} says its key twice",
            at=block.key_span("key"),
            detail=f'Field "{marked[0].name}" is a key too.',
        )
    if node.is_scalar and text_of(node, '"key"') in KEY_KINDS:
        return {"key": node.text}
    names = tuple(text_of(item, "key field") for item in block.items("key"))
    valid = tuple(line.attribute.name for line in lines if line.attribute.role != "computed")
    for item in block.items("key"):
        if item.text not in valid:
            choices = (*valid, *KEY_KINDS) if node.is_scalar else valid
            raise unknown("key", item.text, item.span, choices)
    return {"key": "natural", "key_attributes": names}


def _read_volume(block: Block, problems: Problems) -> Volume | None:
    """Read `grow: {rows: 5M, per_user: 1k, writes: 20/s, keep: 90d, skew: 1.1}`."""
    node = block.get("grow")
    if node is None:
        return None
    grow = Block(node, '"grow"', GROW_KEYS, problems)
    facts: dict[str, Any] = {"at": (block.key_span("grow"),)}
    for key, name in (("rows", "rows"), ("per_owner", "per_owner"), ("per_user", "per_owner")):
        value = grow.get(key)
        if value is not None:
            facts[name] = count_of(value, f'"{key}"')
    writes, keep, skew = grow.get("writes"), grow.get("keep"), grow.get("skew")
    if writes is not None:
        facts["writes_per_second"] = rate_of(writes, '"writes"')
    if keep is not None:
        facts["keep_days"] = days_of(keep, '"keep"')
    if skew is not None:
        number = skew.scalar
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= _MAX_SKEW:
            raise SpecError("skew must be a number from 0 to 3", at=skew.span, hint="It is the exponent of a Zipf law.")
        facts["skew"] = float(number)
    return Volume(**facts)
