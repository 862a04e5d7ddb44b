"""CREATE TABLE, its partitions, and CREATE INDEX."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.emit.ddl.columns import column_lines, quote_collation
from colonnade.emit.ddl.constraints import column_list, constraint_clause, settings_clause
from colonnade.emit.ddl.objects import dollar_tag
from colonnade.schema import Constraint, ExtendedStatistics, Index, IndexKey, Partition, PartitionKey, Table
from colonnade.schema.members import Relation
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.literal import literal
from colonnade.sql.tokens import is_call, tokens

_WIDE = 100
_DEEP = " " * 8


def create_table(table: Table, constraints: tuple[Constraint, ...]) -> str:
    """Return CREATE TABLE with those of the table's constraints."""
    lines = column_lines(table.columns) + [constraint_clause(each, indent=_DEEP) for each in constraints]
    body = ",\n".join(f"    {line}" for line in lines)
    tail = f"\nPARTITION BY {_partition_key(table, table.partition_key)}" if table.partition_key else ""
    return f"CREATE TABLE {table.identifier} (\n{body}\n){tail}{settings_clause(table.storage_parameters)}"


def create_unless_exists(table: Table, statements: Iterable[str], *, comment: str) -> str:
    """Return a block that runs the statements, which make the table, and comments on it, unless it is there."""
    made = (*statements, f"COMMENT ON TABLE {table.identifier} IS {literal(comment)}")
    body = "".join(f"        {_indented(each)};\n" for each in made)
    tag = dollar_tag(body)
    return f"""\
DO {tag}
BEGIN
    IF to_regclass({literal(table.identifier)}) IS NULL THEN
{body}    END IF;
END
{tag}"""


def _indented(statement: str) -> str:
    """Return the statement two steps to the right; a name may hold what ends a line."""
    return "".join(
        each.text.replace("\n", f"\n{_DEEP}") if each.kind == "space" else each.text for each in tokens(statement)
    )


def create_partition(table: Table, partition: Partition) -> str:
    """Return CREATE TABLE … PARTITION OF."""
    name = qualified(table.namespace, partition.name)
    return f"CREATE TABLE {name} PARTITION OF {table.identifier} {partition.bound or 'DEFAULT'}"


def create_partitions(table: Table) -> list[str]:
    """Return one CREATE TABLE … PARTITION OF for each partition."""
    return [create_partition(table, partition) for partition in table.partitions]


def add_constraint(table: Table, constraint: Constraint) -> str:
    """Return ALTER TABLE … ADD CONSTRAINT."""
    return f"ALTER TABLE {table.identifier}\n    ADD {constraint_clause(constraint, indent=_DEEP)}"


def create_index(table: Relation, index: Index, *, concurrently: bool = False, only: bool = False) -> str:
    """Return CREATE INDEX, on two lines when it is long; `only` leaves the partitions out."""
    method = "" if index.method == "btree" else f" USING {quote(index.method)}"
    how = "CONCURRENTLY " if concurrently else ""
    head = f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {how}{quote(index.name)}"
    on = f"ONLY {table.identifier}" if only else table.identifier
    rest = f"ON {on}{method} ({', '.join(index_key(key) for key in index.keys)})"
    rest += f" INCLUDE ({column_list(index.include)})" if index.include else ""
    rest += " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    rest += settings_clause(index.storage_parameters)
    where = f"WHERE {index.predicate}" if index.predicate is not None else ""
    one_line = " ".join(part for part in (head, rest, where) if part)
    return one_line if len(one_line) <= _WIDE else "\n    ".join(part for part in (head, rest, where) if part)


def create_statistics(table: Table, statistics: ExtendedStatistics) -> list[str]:
    """Return CREATE STATISTICS, and the target that it cannot say."""
    name = qualified(statistics.namespace, statistics.name)
    kinds = f" ({', '.join(statistics.kinds)})" if statistics.kinds else ""
    made = [f"CREATE STATISTICS {name}{kinds} ON {', '.join(statistics.expressions)} FROM {table.identifier}"]
    if statistics.target >= 0:
        made.append(f"ALTER STATISTICS {name} SET STATISTICS {statistics.target}")
    return made


def index_key(key: IndexKey) -> str:
    """Return one key as it stands between the parentheses of CREATE INDEX."""
    text = quote(key.column) if key.column else _expression(key.expression)
    text += f" COLLATE {quote_collation(key.collation)}" if key.collation else ""
    text += f" {key.operator_class}" if key.operator_class else ""
    text += " DESC" if key.descending else ""
    if key.nulls_first is not None:
        text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return text


def _partition_key(table: Table, key: PartitionKey) -> str:
    parts = (quote(each) if table.has_column(each) else _expression(each) for each in key.keys)
    return f"{key.strategy} ({', '.join(parts)})"


def _expression(text: str) -> str:
    return text if is_call(text) else f"({text})"
