"""The rules of an entity: uniqueness, conditions, exclusivity, limits, transitions and what only people can keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from colonnade.errors import SpecError
from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.colonnade_file.entities import EntityBlock
from colonnade.spec.colonnade_file.expressions import read_expression
from colonnade.spec.colonnade_file.names import unknown
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.scope import Scope, row_name
from colonnade.spec.colonnade_file.shape import Block, mapping_of, text_of
from colonnade.spec.counts import parse_count
from colonnade.spec.document import Node
from colonnade.spec.entities import Entity
from colonnade.spec.invariants import (
    AppendOnly,
    ApplicationRule,
    CardinalityLimit,
    Condition,
    ExactlyOneOf,
    FunctionalDependency,
    Invariant,
    NoOverlap,
    Transition,
    Uniqueness,
)

_WHERE = re.compile(r"(?:\A|\s)where\s", re.IGNORECASE)
_WORD = re.compile(r"[^\s,()]+(?:\([^()]*\))?")
_LOWER = re.compile(r"lower\(\s*(?P<name>\w+)\s*\)\Z", re.IGNORECASE)
UNIQUE_KEYS = ("keys", "where", "nulls_equal", "deferrable")
CHECK_KEYS = ("name", "is")
RULE_ENTRY_KEYS = ("rule", "because")


class RuleReader:
    """Reads the rules of entities whose names are all known."""

    def __init__(self, scope: Scope, problems: Problems) -> None:
        """Take the names that rules may use."""
        self._scope = scope
        self._problems = problems

    def read(self, entity_block: EntityBlock) -> tuple[Invariant, ...]:
        """Return the rules of one entity, in the order of this reader's methods."""
        entity, block = entity_block.entity, entity_block.block
        if block is None:
            return ()
        found: list[Invariant] = []
        for line in entity_block.lines:
            name, at = line.attribute.name, line.attribute.at
            if line.unique:
                found.append(Uniqueness(entity=entity.name, keys=(name,), at=at))
            if line.immutable:
                found.append(AppendOnly(entity=entity.name, attributes=(name,), at=at))
            if line.expression is not None:
                with self._problems.gather():
                    names = [each for each in self._scope.row(entity.name) if each != name]
                    read_expression(line.expression, names=names, what="expression")
        for key, reader in self._readers().items():
            for item in self._items(block, key):
                with self._problems.gather():
                    found.append(reader(entity.name, item))
        found += self._transitions(entity, block)
        found += self._append_only(entity, block)
        found += self._application(entity, block)
        return tuple(found)

    def _readers(self) -> dict[str, Callable[[str, Node], Invariant]]:
        return {
            "unique": self._unique,
            "check": self._check,
            "one_of": self._one_of,
            "at_most_one_of": self._at_most_one_of,
            "depends": self._dependency,
            "limit": self._limit,
            "no_overlap": self._no_overlap,
        }

    def _items(self, block: Block, key: str) -> Iterator[Node]:
        node = block.get(key)
        if node is not None and node.is_mapping:
            yield node
            return
        with self._problems.gather():
            yield from block.items(key)

    def _unique(self, entity: str, node: Node) -> Uniqueness:
        """Read `user lower(title) where status <> 'done'`, or the same in keys."""
        if not node.is_mapping:
            cursor, where = self._split_where(entity, node)
            return Uniqueness(entity=entity, keys=self._keys(entity, cursor), where=where, at=(node.span,))
        block = Block(node, "the uniqueness", UNIQUE_KEYS, self._problems)
        keys = [key for item in block.items("keys") for key in self._keys(entity, _text(item))]
        if not keys:
            raise SpecError('the uniqueness needs the key "keys"', at=node.span)
        condition = block.get("where")
        return Uniqueness(
            entity=entity,
            keys=tuple(keys),
            where=None if condition is None else self._expression(entity, _text(condition)),
            nulls_equal=block.flag("nulls_equal"),
            deferrable=block.flag("deferrable"),
            at=(node.span,),
        )

    def _check(self, entity: str, node: Node) -> Condition:
        """Read a condition, or `{name: title_first, is: …}`."""
        name, condition = "", node
        if node.is_mapping:
            block = Block(node, "the check", CHECK_KEYS, self._problems)
            name, condition = block.text("name"), block.need("is")
        expression = self._expression(entity, _text(condition))
        return Condition(entity=entity, expression=expression, name=name, at=(node.span,))

    def _one_of(self, entity: str, node: Node) -> ExactlyOneOf:
        return ExactlyOneOf(entity=entity, members=self._members(entity, node), at=(node.span,))

    def _at_most_one_of(self, entity: str, node: Node) -> ExactlyOneOf:
        return ExactlyOneOf(entity=entity, members=self._members(entity, node), optional=True, at=(node.span,))

    def _members(self, entity: str, node: Node) -> tuple[str, ...]:
        members = self._names(entity, _text(node))
        if len(members) < 2:
            raise SpecError("exclusivity needs two members or more", at=node.span, hint="Write them as email phone.")
        return members

    def _dependency(self, entity: str, node: Node) -> FunctionalDependency:
        """Read `postcode -> city region`."""
        left, right = self._two(node, "->", "postcode -> city region")
        return FunctionalDependency(
            entity=entity,
            determinant=self._names(entity, left),
            dependent=self._names(entity, right),
            at=(node.span,),
        )

    def _limit(self, entity: str, node: Node) -> CardinalityLimit:
        """Read `10 per user where status <> 'done'`."""
        cursor, where = self._split_where(entity, node)
        number, per = self._two(node, " per ", "10 per user", end=cursor.limit)
        maximum = parse_count(number.rest)
        if not maximum:
            raise number.error(f'"{number.rest}" is not a number', end=number.limit, hint="Write it as 10 per user.")
        names = self._names(entity, per)
        return CardinalityLimit(entity=entity, per=names, maximum=maximum, where=where, at=(node.span,))

    def _no_overlap(self, entity: str, node: Node) -> NoOverlap:
        """Read `room starts_at..ends_at where status <> 'cancelled'`."""
        cursor, where = self._split_where(entity, node)
        left, end = self._two(node, "..", "room starts_at..ends_at", end=cursor.limit)
        *per, start = self._names(entity, left)
        first = end.position
        ends = self._names(entity, end)
        if len(ends) != 1:
            raise end.error(
                "one name must follow the dots", start=first, end=end.limit, hint="Write it as room starts_at..ends_at."
            )
        return NoOverlap(entity=entity, per=tuple(per), start=start, end=ends[0], where=where, at=(node.span,))

    def _transitions(self, entity: Entity, block: Block) -> Iterator[Transition]:
        """Read `transitions: {status: [draft -> published, published -> draft | archived]}`."""
        node = block.get("transitions")
        attributes = self._scope.entity(entity.name).attributes
        enums = {each.name: each.type.values for each in attributes if each.type.base == "enum"}
        for name, value in mapping_of(node, '"transitions"').items() if node is not None else ():
            with self._problems.gather():
                at = block.need("transitions").key_span(name)
                if name not in enums:
                    raise unknown("enum", name, at, tuple(enums))
                steps = [step for item in _elements(value) for step in self._steps(item, enums[name])]
                yield Transition(entity=entity.name, attribute=name, steps=tuple(dict.fromkeys(steps)), at=(at,))

    def _steps(self, node: Node, values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        before, after = self._two(node, "->", "draft -> published | archived")
        first = _value(before, values)
        for part in after.split("|"):
            yield first, _value(part, values)

    def _append_only(self, entity: Entity, block: Block) -> Iterator[AppendOnly]:
        node = block.get("append_only")
        if node is None:
            return
        at = (block.key_span("append_only"),)
        if node.is_sequence:
            names = [name for item in node.elements() for name in self._names(entity.name, _text(item))]
            yield AppendOnly(entity=entity.name, attributes=tuple(names), at=at)
        elif entity.append_only:
            yield AppendOnly(entity=entity.name, at=at)

    def _application(self, entity: Entity, block: Block) -> Iterator[ApplicationRule]:
        """Read `rules: [{rule: …, because: …}]`."""
        for item in self._items(block, "rules"):
            with self._problems.gather():
                rule = Block(item, "the rule", RULE_ENTRY_KEYS, self._problems)
                yield ApplicationRule(
                    entity=entity.name,
                    sentence=text_of(rule.need("rule"), '"rule"'),
                    reason=text_of(rule.need("because"), '"because"'),
                    at=(item.span,),
                )

    def _split_where(self, entity: str, node: Node) -> tuple[Cursor, str | None]:
        """Return a cursor on what stands before `where`, and the condition behind it."""
        found = _WHERE.search(text_of(node, "a rule"))
        if found is None:
            return Cursor(node), None
        return Cursor(node, 0, found.start()), self._expression(entity, Cursor(node, found.end()))

    def _expression(self, entity: str, cursor: Cursor) -> str:
        return read_expression(cursor, names=self._scope.row(entity))

    def _two(self, node: Node, separator: str, example: str, *, end: int | None = None) -> tuple[Cursor, Cursor]:
        """Return cursors on both sides of a separator that stands once."""
        text_of(node, "a rule")
        parts = Cursor(node, 0, end).split(separator)
        if len(parts) != 2 or not all(part.rest for part in parts):
            raise SpecError(
                f'"{separator.strip()}" must stand once between two sides', at=node.span, hint=f"Write it as {example}."
            )
        return parts[0], parts[1]

    def _keys(self, entity: str, cursor: Cursor) -> tuple[str, ...]:
        """Read the keys of a uniqueness: names, or `lower(name)`."""
        keys: list[str] = []
        for word, start, end in _words(cursor):
            lowered = _LOWER.match(word)
            name = row_name(self._scope, entity, lowered["name"] if lowered else word, cursor, start, end)
            keys.append(f"lower({name})" if lowered else name)
        return tuple(keys)

    def _names(self, entity: str, cursor: Cursor) -> tuple[str, ...]:
        """Read names separated by spaces or commas."""
        return tuple(row_name(self._scope, entity, word, cursor, start, end) for word, start, end in _words(cursor))


def _words(cursor: Cursor) -> Iterator[tuple[str, int, int]]:
    """Yield words separated by spaces or commas, each with its start and end; a call such as `lower(x)` is one."""
    while not cursor.done:
        if cursor.skip_space() or cursor.take(","):
            continue
        match = _WORD.match(cursor.node.text, cursor.position, cursor.limit)
        if match is None:
            raise cursor.error(f'unexpected "{cursor.rest[:20]}"', hint="Names are separated by spaces.")
        cursor.position = match.end()
        yield match[0], match.start(), match.end()


def _text(node: Node) -> Cursor:
    text_of(node, "a rule")
    return Cursor(node)


def _elements(node: Node) -> tuple[Node, ...]:
    return node.elements() if node.is_sequence else (node,)


def _value(cursor: Cursor, values: tuple[str, ...]) -> str:
    """Return a value of the enum."""
    start = cursor.position
    value = cursor.quoted()
    value = cursor.rest if value is None else value
    if value not in values:
        raise unknown("value", value, cursor.span(start, cursor.limit), values)
    return value
