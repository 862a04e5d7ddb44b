"""The module of what SQLAlchemy's tables cannot say, as DDL that `create_all` runs."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.emit.ddl import (
    create_function,
    create_policy,
    create_role,
    create_trigger,
    created_roles,
    grants_on_namespace,
    grants_on_table,
)
from colonnade.emit.ddl import row_security as row_security_statements
from colonnade.emit.ddl.objects import (
    alter_domain,
    create_domain,
    create_extension,
    create_namespace,
    create_view,
    dollar_tag,
)
from colonnade.emit.ddl.order import definitions
from colonnade.emit.ddl.programs import comments
from colonnade.emit.ddl.sequences import create_sequence, own_sequence
from colonnade.emit.ddl.tables import create_index, create_partitions, create_statistics
from colonnade.emit.models.code import Text, entry_lines, printed
from colonnade.emit.models.imports import import_lines
from colonnade.emit.models.letters import width
from colonnade.emit.models.text import WIDTH, stands_as_it_is
from colonnade.schema import Domain, Function, Schema, Sequence, Table, View
from colonnade.sql.identifier import qualified
from colonnade.sql.literal import literal
from colonnade.sql.tokens import tokens

_HEAD = '''"""What SQLAlchemy's tables cannot say, in SQL.

`create_all` runs these statements: some before it creates tables, some after them, and
those of a table when it has created that table.
"""
'''
_LISTENERS = '''
@event.listens_for(Model.metadata, "before_create")
def _before_create(_: sa.MetaData, connection: sa.Connection, **__: Any) -> None:
    """Create what tables need."""
    _run(connection, BEFORE_TABLES)


@event.listens_for(Model.metadata, "after_create")
def _after_create(
    _: sa.MetaData, connection: sa.Connection, tables: Iterable[sa.Table], **__: Any
) -> None:
    """Create what belongs to the new tables, then what needs all of them."""
    for table in tables:
        _run(connection, OF_TABLES.get(table.key, []))
    _run(connection, AFTER_TABLES)


def _run(connection: sa.Connection, statements: list[str]) -> None:
    """Run the statements as they stand; without parameters a `%` is just a `%`."""
    for statement in statements:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
'''


def objects_module(schema: Schema, *, role: str) -> str:
    """Return the text of `database_objects.py`."""
    before = [*_before(schema, role)]
    of_tables = {_key(table): _of_table(table) for table in schema.owned_tables}
    body = _listed("BEFORE_TABLES", before)
    body += _by_table({key: statements for key, statements in of_tables.items() if statements})
    body += _listed("AFTER_TABLES", _after(schema))
    body += ["", "", *_LISTENERS.strip("\n").split("\n")]
    heading = import_lines(body, local={"Model": "base"})
    return "\n".join([_HEAD, *heading, "", *body]) + "\n"


def _key(table: Table) -> str:
    """Return what SQLAlchemy calls the table."""
    return table.name if table.namespace == "public" else f"{table.namespace}.{table.name}"


def _before(schema: Schema, role: str) -> Iterable[str]:
    """Give what tables need."""
    items = definitions(schema)
    last_table = max((place for place, item in enumerate(items) if isinstance(item, Table)), default=-1)
    yield from (_wrapped(create_role(each)) for each in created_roles(schema, role))
    yield from (create_namespace(each.name) for each in schema.namespaces if each.name != "public")
    yield from (create_extension(extension) for extension in schema.extensions)
    for place, item in enumerate(items):
        match item:
            case Sequence():
                yield create_sequence(item).replace("CREATE SEQUENCE", "CREATE SEQUENCE IF NOT EXISTS", 1)
            case Domain():
                yield _domain(item)
            case Function() if place < last_table or _only_triggers(item):
                yield _function(item)


def _after(schema: Schema) -> list[str]:
    """Return what needs the tables."""
    items = definitions(schema)
    last_table = max((place for place, item in enumerate(items) if isinstance(item, Table)), default=-1)
    found: list[str] = []
    for place, item in enumerate(items):
        match item:
            case Function() if place > last_table and not _only_triggers(item):
                found.append(_function(item))
            case View(materialized=True):
                found.append(
                    create_view(item).replace("CREATE MATERIALIZED VIEW", "CREATE MATERIALIZED VIEW IF NOT EXISTS", 1)
                )
                found += [create_index(item, each).replace("INDEX", "INDEX IF NOT EXISTS", 1) for each in item.indexes]
            case View():
                found.append(create_view(item).replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))
                found += [
                    create_trigger(item, each).replace("CREATE", "CREATE OR REPLACE", 1) for each in item.triggers
                ]
    found += [own_sequence(each) for each in schema.sequences if each.owned_by]
    found += [each for namespace in schema.namespaces for each in grants_on_namespace(namespace)]
    # SQLAlchemy says the comments of tables and columns itself.
    found += [each for each in comments(schema) if not each.startswith(("COMMENT ON TABLE", "COMMENT ON COLUMN"))]
    return found


def _of_table(table: Table) -> list[str]:
    """Return what belongs to one table."""
    found = create_partitions(table)
    found += [text for each in table.statistics for text in create_statistics(table, each)]
    if table.storage_parameters:
        settings = ", ".join(f"{name} = {literal(value)}" for name, value in table.storage_parameters)
        found.append(f"ALTER TABLE {table.identifier} SET ({settings})")
    found += [create_trigger(table, trigger) for trigger in table.triggers]
    found += row_security_statements(table)
    found += [create_policy(table, policy) for policy in table.policies]
    found += grants_on_table(table)
    return [_wrapped(statement) for statement in found]


def _function(function: Function) -> str:
    return create_function(function).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


def _only_triggers(function: Function) -> bool:
    """Whether nothing of the function is looked up before a trigger calls it."""
    return function.returns == "trigger"


def _domain(domain: Domain) -> str:
    """Return a block that creates the domain unless it exists: there is no IF NOT EXISTS."""
    body = "".join(f"        {statement};\n" for statement in (create_domain(domain), *alter_domain(domain)))
    name = literal(qualified(domain.namespace, domain.name))
    tag = dollar_tag(body)
    return f"DO {tag}\nBEGIN\n    IF to_regtype({name}) IS NULL THEN\n{body}    END IF;\nEND\n{tag}"


def _by_table(statements: dict[str, list[str]]) -> list[str]:
    """Return the dictionary of what belongs to each table."""
    if not statements:
        return ["OF_TABLES: dict[str, list[str]] = {}"]
    lines = ["OF_TABLES: dict[str, list[str]] = {"]
    for table, each in statements.items():
        # The key with an empty list shows how its line ends; the statements go between the brackets.
        *key, last = entry_lines(Text(table), "[]", indent=4)
        lines += [*key, last.removesuffix("],")]
        for statement in each:
            lines += _statement(statement, indent=2)
        lines.append("    ],")
    return [*lines, "}"]


def _listed(name: str, statements: Iterable[str]) -> list[str]:
    """Return a list of statements."""
    lines = [line for statement in statements for line in _statement(statement, indent=1)]
    return [f"{name}: list[str] = [", *lines, "]"] if lines else [f"{name}: list[str] = []"]


def _statement(statement: str, *, indent: int) -> list[str]:
    """Return a statement as an item: between triple quotes where that leaves it readable as it is."""
    lines = statement.split("\n")
    fits = all(width(line) <= WIDTH for line in lines) and width(lines[-1]) <= WIDTH - len('""",')
    plain = fits and stands_as_it_is(statement) and not any(line.endswith((" ", "\t")) for line in lines)
    if len(lines) == 1 or not plain:
        return printed(Text(statement), indent=indent, after=",")
    return [f'{"    " * indent}"""\\', *lines[:-1], f'{lines[-1]}""",']


def _wrapped(statement: str) -> str:
    """Return the statement with its long lines broken at spaces; for SQL that Postgres does not keep as text."""
    return "\n".join(part for line in statement.split("\n") for part in _wrapped_line(line))


def _wrapped_line(line: str) -> list[str]:
    """Break one line between tokens; the rest is indented further."""
    room = WIDTH - 4
    margin = " " * (len(line) - len(line.lstrip()) + 4)
    found: list[str] = []
    while len(line) > room and line.count("'") % 2 == 0:
        spaces = [token.start for token in tokens(line) if token.kind == "space" and token.start > len(margin)]
        cut = max((place for place in spaces if place <= room), default=0)
        if not cut:
            break
        found.append(line[:cut].rstrip())
        line = margin + line[cut:].lstrip()
    return [*found, line]
