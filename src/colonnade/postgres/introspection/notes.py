"""Per system catalog: what an object may have that a `Schema` has no place for.

`relations` stands for the relations of the namespaces but their indexes. Objects of the database's own have
oids from 16384 on, so a filter by oid keeps the built-in ones away before anything is joined.
"""

from __future__ import annotations

from dataclasses import dataclass

# How an object is called: `c` is its relation, `x` an index.
RELATION = "quote_ident(c.nspname) || '.' || quote_ident(c.relname)"
OF_TABLE = f"' of ' || {RELATION}"
COLUMN = f"'column ' || {RELATION} || '.' || quote_ident(a.attname)"
CONSTRAINT = f"'constraint ' || quote_ident(k.conname) || {OF_TABLE}"
TRIGGER = f"'trigger ' || quote_ident(g.tgname) || {OF_TABLE}"
INDEX = "quote_ident(c.nspname) || '.' || quote_ident(x.relname)"
RELATION_OWNER = "1259, c.oid"


@dataclass(frozen=True, slots=True)
class Note:
    """A condition over a catalog's row, and the SQL of the phrase that names what it finds.

    `unfinished` marks a state on the way to something that a schema does say: no comparison may pass over it.
    """

    condition: str
    phrase: str
    since: int = 0
    unfinished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """A catalog with what it is joined to; `owner` is the object that an extension would own."""

    source: str
    where: str
    owner: str
    notes: tuple[Note, ...]
