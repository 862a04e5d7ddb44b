"""Indexes that are no B-trees in order: for searches in texts, containment in documents, long stretches of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from colonnade.design.decision import Rejected
from colonnade.design.index_needs import Needs, long_stretch
from colonnade.design.names import constraint_name, free_name
from colonnade.design.places import Place, Places
from colonnade.design.shapes import Shape, shapes
from colonnade.design.volumes import rows_of_busiest_owner
from colonnade.schema import Index, IndexKey, Table
from colonnade.spec import AccessPattern
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

FEW_OWN_ROWS = 200
"""Rows of one owner up to which reading them all is as cheap as any search index."""

SEARCH_CONFIGURATION = "simple"
"""The text search configuration: no language is assumed."""

_TRIGRAM_SOURCE = "postgresql.org/docs/current/pgtrgm.html"
_WORD_SOURCE = "postgresql.org/docs/current/textsearch-tables.html"
_PREFIX_SOURCE = "postgresql.org/docs/current/indexes-opclass.html"
_GIN_SOURCE = "postgresql.org/docs/current/gin-builtin-opclasses.html"
_BRIN_SOURCE = "postgresql.org/docs/current/brin.html"
_POLICY_SOURCE = "postgresql.org/docs/current/ddl-rowsecurity.html"
_POLICY_FIRST = (
    "Row security is applied first, and neither text search nor containment is LEAKPROOF, so Postgres never lets one"
    " reach an index under a policy: the rows of the owner are read and compared."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """An index of another kind, or none with the reason, and what it is for."""

    table: Table
    pattern: AccessPattern
    index: Index | None
    choice: str
    reason: str
    rejected: tuple[Rejected, ...] = ()
    extension: str = ""
    source: str = ""


class SpecialIndexes:
    """Finds the indexes that the searches and containments of the patterns need."""

    def __init__(self, places: Places, needs: Needs) -> None:
        self._places = places
        self._needs = needs

    def of(self, pattern: AccessPattern, *, taken: set[str]) -> Iterator[Special]:
        """Yield what a pattern needs beyond ordered indexes."""
        found = shapes(self._places, pattern)
        if not found:
            return
        table = self._places.table(pattern.entity)
        if pattern.search:
            yield from self._search(pattern, table, found[0], taken)
        for shape in found:
            contained = [each for each in shape.equality if each.contained and each.place.own]
            if contained and not shape.combined:
                yield self._containment(pattern, table, contained[-1].place, taken)

    def stretch(self, pattern: AccessPattern, *, indexed: set[str], taken: set[str]) -> Special | None:
        """Return the BRIN index of a huge append-only table whose totals go by time, unless a B-tree is there.

        `indexed` are the columns that some B-tree starts with.
        """
        column = long_stretch(self._places, pattern)
        if not column or column in indexed:
            return None
        table = self._places.table(pattern.entity)
        name = _name(table, (column, "brin"), taken)
        index = Index(name=name, keys=(IndexKey(column=column),), method="brin")
        return Special(
            table=table,
            pattern=pattern,
            index=index,
            choice=f"BRIN ({column})",
            reason="Rows are only appended, so the time follows the place in the file: a few kilobytes find the pages.",
            rejected=(Rejected(choice=f"B-tree ({column})", reason="as large as a fifth of the table"),),
            source=_BRIN_SOURCE,
        )

    def _search(self, pattern: AccessPattern, table: Table, shape: Shape, taken: set[str]) -> Iterator[Special]:
        """Yield the indexes of a search in texts, or why there is none."""
        own = [place for place in shape.search if place.own]
        names = ", ".join(place.columns[0] for place in own)
        refusal = self._search_refusal(pattern, shape, own)
        if refusal:
            yield Special(
                table=table,
                pattern=pattern,
                index=None,
                choice="no search index; the index that leads with the owner bounds the search",
                reason=refusal[0],
                rejected=(Rejected(choice=f"{_SEARCHES[pattern.search_mode]} over {names}", reason=refusal[1]),),
                source=_POLICY_SOURCE,
            )
            return
        predicate = " AND ".join(part.text for part in shape.parts if part.constant) or None
        match pattern.search_mode:
            case "substring":
                yield _trigrams(pattern, table, own, predicate, taken)
            case "word":
                yield _words(pattern, table, own, predicate, taken)
            case "prefix":
                yield from (_prefix(pattern, table, shape, place, predicate, taken) for place in own)

    def _search_refusal(self, pattern: AccessPattern, shape: Shape, own: list[Place]) -> tuple[str, str] | None:
        """Return why a search gets no index of its own, and what is wrong with one; None when it gets one."""
        if not own or len(own) < len(shape.search):
            return (
                "The searched texts are spread over several tables; no index spans tables.",
                "would serve only a part of the condition, and the other part reads every row",
            )
        if self._needs.secured(pattern):
            return (
                _POLICY_FIRST,
                "the application role could never use it; a scoped entity or a function that bypasses the policy could",
            )
        spec = self._places.spec
        most = rows_of_busiest_owner(spec, pattern.entity)
        if shape.owner is not None and most <= FEW_OWN_ROWS:
            return (
                f"The busiest owner has some {most:,.0f} rows; reading these costs no more than a search index.",
                "would cost every write more than it saves the few rows it leaves out",
            )
        return None

    def _containment(self, pattern: AccessPattern, table: Table, place: Place, taken: set[str]) -> Special:
        """Return the GIN index of a column that holds many values."""
        column = place.columns[0]
        document = table.column(column).type == "jsonb"
        if self._needs.secured(pattern):
            return Special(
                table=table,
                pattern=pattern,
                index=None,
                choice=f"no index on {column}",
                reason=_POLICY_FIRST,
                rejected=(Rejected(choice=f"GIN ({column})", reason="the application role could never use it"),),
                source=_POLICY_SOURCE,
            )
        name = _name(table, (column,), taken)
        operator_class = "jsonb_path_ops" if document else ""
        index = Index(name=name, keys=(IndexKey(column=column, operator_class=operator_class),), method="gin")
        rejected = (Rejected(choice="jsonb_ops", reason="half as large again, for key-exists tests that nobody makes"),)
        return Special(
            table=table,
            pattern=pattern,
            index=index,
            choice=f"GIN ({column}{' ' + operator_class if operator_class else ''})",
            reason=f"Finds the rows whose {column} contains a value; a B-tree only finds whole values.",
            rejected=rejected if document else (),
            source=_GIN_SOURCE,
        )


def search_vector(columns: tuple[str, ...], *, alias: str = "") -> str:
    """Return the expression of the words of several columns, as index and query both have to spell it."""
    before = f"{quote(alias)}." if alias else ""
    joined = " || ' ' || ".join(f"coalesce({before}{quote(column)}, '')" for column in columns)
    return f"to_tsvector({literal(SEARCH_CONFIGURATION)}::regconfig, {joined})"


_SEARCHES = {"substring": "trigram GIN", "word": "full-text GIN", "prefix": "B-tree with text_pattern_ops"}


def _trigrams(
    pattern: AccessPattern, table: Table, own: list[Place], predicate: str | None, taken: set[str]
) -> Special:
    columns = [place.columns[0] for place in own]
    index = Index(
        name=_name(table, (*columns, "trgm"), taken),
        keys=tuple(IndexKey(column=name, operator_class="gin_trgm_ops") for name in columns),
        method="gin",
        predicate=predicate,
    )
    return Special(
        table=table,
        pattern=pattern,
        index=index,
        choice=f"trigram GIN ({', '.join(columns)})",
        reason="A substring is found by its trigrams; terms under three characters still read all candidate rows.",
        rejected=(
            Rejected(choice="B-tree", reason="only finds beginnings"),
            Rejected(choice="full-text search", reason="only finds whole words, and the spec asks for any part"),
        ),
        extension="pg_trgm",
        source=_TRIGRAM_SOURCE,
    )


def _words(pattern: AccessPattern, table: Table, own: list[Place], predicate: str | None, taken: set[str]) -> Special:
    columns = tuple(place.columns[0] for place in own)
    index = Index(
        name=_name(table, (*columns, "words"), taken),
        keys=(IndexKey(expression=search_vector(columns)),),
        method="gin",
        predicate=predicate,
    )
    return Special(
        table=table,
        pattern=pattern,
        index=index,
        choice=f"full-text GIN over {', '.join(columns)}",
        reason="Finds whole words in any of the texts; GIN needs no recheck, so the vector is not stored twice.",
        rejected=(
            Rejected(choice="generated tsvector column", reason="makes every row wider, for a rank nobody asks for"),
            Rejected(choice="trigram GIN", reason="larger and slower for whole words"),
        ),
        source=_WORD_SOURCE,
    )


def _prefix(
    pattern: AccessPattern, table: Table, shape: Shape, place: Place, predicate: str | None, taken: set[str]
) -> Special:
    column = place.columns[0]
    owner = tuple(shape.owner.leading) if shape.owner else ()
    beginning = IndexKey(expression=f"lower({quote(column)})", operator_class="text_pattern_ops")
    index = Index(
        name=_name(table, (*owner, column, "prefix"), taken),
        keys=(*(IndexKey(column=name) for name in owner), beginning),
        predicate=predicate,
    )
    return Special(
        table=table,
        pattern=pattern,
        index=index,
        choice=f"B-tree on lower({column}) with text_pattern_ops",
        reason="A beginning is a range of an index that compares character by character, in any collation.",
        rejected=(
            Rejected(choice="default operator class", reason="serves LIKE only in the C collation"),
            Rejected(choice="trigram GIN", reason="finds any part, at several times the size"),
        ),
        source=_PREFIX_SOURCE,
    )


def _name(table: Table, parts: tuple[str, ...], taken: set[str]) -> str:
    name = free_name(constraint_name("ix", table.name, *parts), taken)
    taken.add(name)
    return name
