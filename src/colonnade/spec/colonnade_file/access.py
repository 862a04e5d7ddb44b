"""The access patterns of a file."""

from __future__ import annotations

import re
from typing import Any

from colonnade.errors import SpecError
from colonnade.spec.access import AccessPattern, Page, SortKey
from colonnade.spec.colonnade_file.cursor import Cursor
from colonnade.spec.colonnade_file.expressions import check_statement, read_expression
from colonnade.spec.colonnade_file.names import unknown
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.quantities import milliseconds_of, rate_of
from colonnade.spec.colonnade_file.scope import Scope, placed_name
from colonnade.spec.colonnade_file.shape import Block, items_of, mapping_of, text_of
from colonnade.spec.document import Node
from colonnade.spec.nearest import suggestion
from colonnade.spec.spec import Isolation
from colonnade.sql.identifier import words

KINDS = ("list", "get", "search", "aggregate", "report", "job", "write")
SCOPES = ("owner", "parent", "all", "all_users")
MODES = ("substring", "prefix", "word")
WRITES = ("insert", "update", "delete")
_COMMON = ("id", "where", "scope", "freq", "p95", "every", "src", "sql")
_FILTERS = ("eq", "range")
_LISTED = (*_FILTERS, "sort", "page")
_SUMMARY = (*_LISTED, "group", "measures", "joins")
KEYS_OF_KIND: dict[str, tuple[str, ...]] = {
    "list": (*_LISTED, "joins", *_COMMON),
    "get": ("by", "eq", "joins", *_COMMON),
    "search": ("in", "mode", *_LISTED, "joins", *_COMMON),
    "aggregate": (*_SUMMARY, *_COMMON),
    "report": (*_SUMMARY, *_COMMON),
    "job": (*_LISTED, "joins", *_COMMON),
    "write": ("does", "by", "sets", "eq", *_COMMON),
}
_PAGE = re.compile(r"(?P<style>none|offset|page|cursor)(?:\((?P<size>[1-9][0-9]{0,5})\))?\Z")


class AccessReader:
    """Reads the list `access`; `patterns` are those read so far, `moded` the ids of those that state a search mode."""

    def __init__(self, scope: Scope, isolation: Isolation, problems: Problems) -> None:
        """Take the names that patterns may use."""
        self._scope = scope
        self._isolation = isolation
        self._problems = problems
        self.patterns: list[AccessPattern] = []
        self.moded: set[str] = set()

    def read(self, node: Node) -> None:
        """Read the patterns of one list."""
        for item in items_of(node, '"access"'):
            with self._problems.gather():
                self.patterns.append(self._pattern(item))

    def _pattern(self, node: Node) -> AccessPattern:
        mapping_of(node, "an access pattern")
        kinds = [kind for kind in KINDS if kind in node]
        if len(kinds) != 1:
            raise SpecError(
                "an access pattern names one kind and its entity" + (f", not {len(kinds)}" if kinds else ""),
                at=node.span,
                hint=_kind_hint(node),
            )
        kind = kinds[0]
        block = Block(node, f'the pattern "{kind}"', (kind, *KEYS_OF_KIND[kind]), self._problems)
        entity = text_of(block.need(kind), "an entity")
        if entity not in self._scope.entities:
            raise unknown("entity", entity, block.need(kind).span, self._scope.entities)
        facts: dict[str, Any] = {"kind": kind, "entity": entity, "source": block.text("src"), "at": (node.span,)}
        facts |= self._choices(block, entity)
        facts |= self._summary(block, entity)
        facts |= self._figures(block)
        facts |= self._writing(block, kind, entity, facts)
        facts["scope"] = self._visible(block, entity)
        facts["id"] = self._identifier(block, facts)
        if "mode" in block:
            self.moded.add(facts["id"])
        return AccessPattern.model_validate(facts)

    def _choices(self, block: Block, entity: str) -> dict[str, Any]:
        """Read what a caller may filter, sort and page by."""
        equality: list[str] = []
        required: list[str] = []
        for item in block.items("eq"):
            with self._problems.gather():
                text = text_of(item, "a filter")
                name = self._placed(entity, item, 0, len(text.rstrip("!")))
                equality.append(name)
                required += [name] if text.endswith("!") else []
        where = block.get("where")
        return {
            "by": self._placed_list(block, "by", entity),
            "equality": tuple(equality),
            "required_equality": tuple(required),
            "range": self._placed_list(block, "range", entity),
            "sort": tuple(self._sort(entity, item) for item in block.items("sort")),
            "page": self._page(block.get("page")),
            "search": self._placed_list(block, "in", entity),
            "search_mode": block.word("mode", MODES, "substring"),
            "where": None if where is None else self._condition(entity, where),
        }

    def _summary(self, block: Block, entity: str) -> dict[str, Any]:
        """Read what makes an aggregate or report."""
        measures: list[str] = []
        for item in block.items("measures"):
            with self._problems.gather():
                text_of(item, "a measure")
                names = self._scope.row(entity)
                measures.append(
                    read_expression(
                        Cursor(item), names=names, path=lambda name: self._leads(entity, name), what="measure"
                    )
                )
        sql = block.get("sql")
        if sql is not None:
            text_of(sql, '"sql"')
        return {
            "joins": tuple(self._join(entity, item) for item in block.items("joins")),
            "group_by": self._placed_list(block, "group", entity),
            "measures": tuple(measures),
            "sql": None if sql is None else check_statement(Cursor(sql)),
        }

    def _figures(self, block: Block) -> dict[str, Any]:
        """Read frequency and latency budget."""
        freq, every, p95 = block.get("freq"), block.get("every"), block.get("p95")
        if freq is not None and every is not None:
            raise SpecError('"freq" and "every" say the same', at=block.key_span("every"), hint="Keep one of them.")
        per_second = rate_of(freq, '"freq"') if freq is not None else None
        if every is not None:
            per_second = 1000 / milliseconds_of(every, '"every"')
        return {"per_second": per_second, "p95_ms": milliseconds_of(p95, '"p95"') if p95 is not None else None}

    def _writing(self, block: Block, kind: str, entity: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Read what a write does."""
        if kind != "write":
            return {}
        does = block.word("does", WRITES)
        if not does:
            raise SpecError('a write needs the key "does"', at=block.node.span, hint="It is insert, update or delete.")
        if does == "update" and "sets" not in block:
            raise SpecError('an update needs the key "sets"', at=block.node.span, hint="Name the fields that change.")
        if does == "insert" and facts["by"]:
            raise SpecError('an insert has no key "by"', at=block.key_span("by"), hint="The row is not there yet.")
        if does == "delete" and "sets" in block:
            raise SpecError('a delete has no key "sets"', at=block.key_span("sets"))
        return {"writes": does, "sets": self._placed_list(block, "sets", entity)}

    def _visible(self, block: Block, entity: str) -> str:
        """Return whose rows the pattern sees; the caller's own where the entity has an owner and nothing is said."""
        scope = block.word("scope", SCOPES)
        if scope:
            return "all" if scope == "all_users" else scope
        declared = self._scope.entity(entity)
        owned = bool(declared.owner) and declared.isolated is not False and self._isolation.by != "none"
        return "owner" if owned else ""

    def _identifier(self, block: Block, facts: dict[str, Any]) -> str:
        """Return the stated id, else one made of kind, entity and what a get is by; numbered when it is taken."""
        taken = {pattern.id: pattern for pattern in self.patterns}
        stated = block.text("id")
        if stated in taken and stated:
            raise SpecError(
                f'two patterns are called "{stated}"',
                at=block.need("id").span,
                detail=f"The first stands on line {taken[stated].at[0].line}.",
            )
        if stated:
            return stated
        by = ["by", *facts["by"]] if facts["by"] and facts["kind"] in ("get", "write") else []
        kind = facts.get("writes") or facts["kind"]
        name = "-".join(words(" ".join([kind, facts["entity"], *by])))
        number, wanted = 1, name
        while wanted in taken:
            number += 1
            wanted = f"{name}-{number}"
        return wanted

    def _placed_list(self, block: Block, key: str, entity: str) -> tuple[str, ...]:
        names: list[str] = []
        for item in block.items(key):
            with self._problems.gather():
                names.append(self._placed(entity, item, 0, len(text_of(item, f'"{key}"'))))
        return tuple(names)

    def _placed(self, entity: str, item: Node, start: int, end: int) -> str:
        return placed_name(self._scope, entity, item.text[start:end].strip(), Cursor(item), start, end)

    def _leads(self, entity: str, name: str) -> bool:
        return bool(self._scope.place(entity, name))

    def _sort(self, entity: str, item: Node) -> SortKey:
        """Read `created_at`, `-created_at` or `created_at desc`."""
        text = text_of(item, "a sort key")
        start = 1 if text[0] in "+-" else 0
        name, _, direction = text[start:].strip().partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise SpecError(
                f'"{text}" is not a sort key', at=item.span, hint="Write it as -created_at or created_at desc."
            )
        descending = text[0] == "-" or direction.strip() == "desc"
        start = text.index(name)
        return SortKey(attribute=self._placed(entity, item, start, start + len(name)), descending=descending)

    def _page(self, node: Node | None) -> Page:
        if node is None:
            return Page()
        match = _PAGE.match(text_of(node, '"page"'))
        if not match:
            raise SpecError(
                f'"{node.text}" is not a page style',
                at=node.span,
                hint="Write none, cursor(25), offset(50) or page(20).",
            )
        facts = {"style": match["style"]} | ({"size": int(match["size"])} if match["size"] else {})
        return Page.model_validate(facts)

    def _condition(self, entity: str, node: Node) -> str:
        text_of(node, '"where"')
        return read_expression(Cursor(node), names=self._scope.row(entity))

    def _join(self, entity: str, item: Node) -> str:
        """Return the dotted relationships of a join as the spec spells them."""
        here, called = entity, []
        for step in text_of(item, "a join").split("."):
            followed = self._scope.follow(here, step)
            if followed is None:
                valid = tuple(self._scope.choices(here))
                raise SpecError(
                    f'unknown relationship "{step}" of "{here}"', at=item.span, hint=suggestion(step, valid)
                )
            _, here, name = followed
            called.append(name)
        return ".".join(called)


def _kind_hint(node: Node) -> str:
    """Return the kind that the first key may have meant."""
    return suggestion(next(iter(node.keys()), ""), KINDS)
