"""Sequences, those of identity columns among them: which values they give, and which column owns them."""

from __future__ import annotations

from colonnade.schema import Sequence, SequenceOptions
from colonnade.sql.identifier import qualified
from colonnade.sql.literal import literal


def create_sequence(sequence: Sequence) -> str:
    """Return CREATE SEQUENCE, with what differs from the defaults."""
    kind = [f"AS {sequence.data_type}"] if sequence.data_type != "bigint" else []
    said = [qualified(sequence.namespace, sequence.name), *kind, *sequence_options(sequence)]
    return f"CREATE SEQUENCE {' '.join(said)}"


def sequence_options(options: SequenceOptions) -> list[str]:
    """Return what differs from the values that Postgres lets a sequence give."""
    found = [f"INCREMENT BY {options.increment}"] if options.increment != 1 else []
    found += [] if options.minimum is None else [f"MINVALUE {options.minimum}"]
    found += [] if options.maximum is None else [f"MAXVALUE {options.maximum}"]
    found += [f"START WITH {options.start}"] if options.start != options.usual_start else []
    found += [f"CACHE {options.cache}"] if options.cache != 1 else []
    return found + (["CYCLE"] if options.cycle else [])


def identity_clause(kind: str, options: SequenceOptions) -> str:
    """Return GENERATED … AS IDENTITY, with what differs from the defaults."""
    said = sequence_options(options)
    return f"GENERATED {kind} AS IDENTITY" + (f" ({' '.join(said)})" if said else "")


def own_sequence(sequence: Sequence) -> str:
    """Return ALTER SEQUENCE … OWNED BY."""
    return f"ALTER SEQUENCE {qualified(sequence.namespace, sequence.name)} OWNED BY {sequence.owned_by}"


def release_sequence(sequence: Sequence) -> str:
    """Return ALTER SEQUENCE … OWNED BY NONE."""
    return f"ALTER SEQUENCE {qualified(sequence.namespace, sequence.name)} OWNED BY NONE"


def identity_sequence(table: str, column: str) -> str:
    """Return SQL for the sequence of an identity column, a regclass; `table` is quoted.

    pg_get_serial_sequence may name another one that the column owns.
    """
    return f"""(SELECT d.objid::regclass
     FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
       AND a.attrelid = {literal(table)}::regclass AND a.attname = {literal(column)})"""  # noqa: S608 - quoted names
