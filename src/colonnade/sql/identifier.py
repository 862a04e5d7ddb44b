"""Identifiers: quoting, folding and fitting into Postgres's 63 bytes."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata

MAX_BYTES = 63
"""NAMEDATALEN - 1. Source: postgresql.org/docs/current/limits.html"""

# Words that Postgres does not take as a bare column or table name (reserved, and reserved except as
# function or type). Source: postgresql.org/docs/current/sql-keywords-appendix.html
_RESERVED_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
    is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
    only or order outer overlaps placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when
    where window with
"""
RESERVED = frozenset(_RESERVED_WORDS.split())

# Words that can be the bare name of a column or table, but not of a function: a construct or type of the
# grammar starts with them. Source: as above, "non-reserved (cannot be function or type)"
_NOT_FUNCTIONS = """
    between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout
    int integer interval json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value least merge_action national nchar none normalize nullif
    numeric operator out overlay position precision real row setof smallint substring time timestamp treat trim
    values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable
"""
NOT_FUNCTIONS = frozenset(_NOT_FUNCTIONS.split())

_BARE = re.compile(r"[a-z_][a-z0-9_$]*\Z")


def quote(name: str) -> str:
    """Return the name as an SQL identifier, quoted only where Postgres needs it.

    Raises ValueError for the empty name and for NUL, which no identifier can hold.
    """
    if not name or "\0" in name:
        msg = f"not an identifier: {name!r}"
        raise ValueError(msg)
    if _BARE.match(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def qualified(namespace: str, name: str) -> str:
    """Return `namespace.name`, without the namespace when it is `public`."""
    return quote(name) if namespace == "public" else f"{quote(namespace)}.{quote(name)}"


def parts(text: str) -> tuple[str, ...]:
    """Return the names that a qualified name is made of (`app."Order Items".id`), as they are without quotes."""
    return tuple(
        quoted.replace('""', '"') if quoted else bare for quoted, bare in re.findall(r'"((?:[^"]|"")+)"|([^".]+)', text)
    )


def qualified_function(namespace: str, name: str) -> str:
    """Return `namespace.name` for a function, without the namespace when it is `public`."""
    text = f'"{name}"' if name in NOT_FUNCTIONS else quote(name)
    return text if namespace == "public" else f"{quote(namespace)}.{text}"


def fit(name: str) -> str:
    """Return the name, shortened to 63 bytes with a digest of the whole when it is longer.

    Postgres truncates silently, so two long names that differ late would collide.
    """
    encoded = name.encode()
    if len(encoded) <= MAX_BYTES:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    return encoded[: MAX_BYTES - 9].decode(errors="ignore").rstrip("_") + "_" + digest


def chosen_name(table: str, column: str, label: str) -> str:
    """Return what Postgres calls a constraint that nobody named: `table_column_label`, each name cut to fit.

    Source: makeObjectName in src/backend/commands/indexcmds.c
    """
    available = MAX_BYTES - len(label) - 2
    first, second = table.encode(), column.encode()
    kept_first, kept_second = len(first), len(second)
    while kept_first + kept_second > available:
        if kept_first > kept_second:
            kept_first -= 1
        else:
            kept_second -= 1
    parts = (first[:kept_first].decode(errors="ignore"), second[:kept_second].decode(errors="ignore"), label)
    return "_".join(parts)


@functools.lru_cache(maxsize=10_000)
def words(name: str) -> tuple[str, ...]:
    """Return the lower-case words of a snake_case, camelCase, kebab-case or spaced name.

    Letters keep their combining marks, without which words of many scripts would be torn apart.
    """
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower()
    if text.isascii():
        return tuple(word for word in re.split(r"[\W_]+", text) if word)
    kept = (char if char.isalnum() or unicodedata.category(char).startswith("M") else " " for char in text)
    return tuple("".join(kept).split())


def snake(name: str) -> str:
    """Return the name in snake_case; never starts with a digit, never empty."""
    joined = "_".join(words(name)) or "x"
    return f"n_{joined}" if joined[0].isdigit() else joined


def pascal(name: str) -> str:
    """Return the name in PascalCase, as a Python class is called."""
    joined = "".join(word[:1].upper() + word[1:] for word in words(name)) or "X"
    return f"N{joined}" if joined[0].isdigit() else joined
