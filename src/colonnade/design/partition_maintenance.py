"""The function that keeps a table partitioned by time in step with the clock, which a design does not have."""

from __future__ import annotations

from typing import Literal

from colonnade.design.names import constraint_name
from colonnade.schema import Function, Table
from colonnade.sql.identifier import quote
from colonnade.sql.literal import literal

Period = Literal["day", "week", "month"]

_BODY = """
DECLARE
    first timestamptz;
    part record;
    made integer := 0;
BEGIN
    FOR step IN 0..ahead LOOP
        first := date_trunc({period}, now()) + step * interval '1 {unit}';
        IF to_regclass({namespace} || quote_ident({table} || to_char(first, '"_p"YYYYMMDD'))) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I.%I PARTITION OF {identifier} FOR VALUES FROM (%L) TO (%L)',
                {schema}, {table} || to_char(first, '"_p"YYYYMMDD'), first, first + interval '1 {unit}'
            );
            made := made + 1;
        END IF;
    END LOOP;
{detach}    RETURN made;
END
"""
_DETACH = """    FOR part IN
        SELECT c.oid::regclass AS name
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = {regclass}::regclass
            AND c.relname ~ {pattern}
            AND to_date(right(c.relname, 8), 'YYYYMMDD') + interval '1 {unit}' <= now() - interval '{keep} days'
    LOOP
        EXECUTE format('ALTER TABLE {identifier} DETACH PARTITION %s', part.name);
    END LOOP;
"""


def period_of(keep_days: int | None) -> Period:
    """Return how much time one partition holds: so that a retention spans some tens of partitions at most."""
    if keep_days is not None and keep_days <= 35:
        return "day"
    if keep_days is not None and keep_days <= 200:
        return "week"
    return "month"


def maintenance(table: Table, *, keep_days: int | None) -> Function:
    """Return the function that makes the partitions of the next periods and detaches the expired ones.

    A scheduled job calls it once a period; it returns how many partitions it made. Detached partitions stay as
    tables of their own until somebody archives or drops them.
    """
    period = period_of(keep_days)
    names = {
        "period": literal(period),
        "unit": period,
        "schema": literal(table.namespace),
        "namespace": literal(quote(table.namespace) + "."),
        "table": literal(table.name[:50]),
        "identifier": table.identifier.replace("'", "''").replace("%", "%%"),
        "regclass": literal(table.identifier),
        "pattern": literal(f"^{_escaped(table.name[:50])}_p[0-9]{{8}}$"),
        "keep": keep_days or 0,
    }
    detach = _DETACH.format(**names) if keep_days is not None else ""
    return Function(
        name=constraint_name("maintain", table.name, "partitions"),
        arguments="ahead integer DEFAULT 3",
        returns="integer",
        language="plpgsql",
        body=_BODY.format(**names, detach=detach),
        namespace=table.namespace,
    )


def _escaped(name: str) -> str:
    """Return the name as a regular expression that matches only itself."""
    return "".join(letter if letter.isalnum() or letter == "_" else f"\\{letter}" for letter in name)
