"""Functions, triggers, row-level security and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.emit.ddl.constraints import column_list
from colonnade.emit.ddl.objects import dollar_tag, full_type_name
from colonnade.emit.ddl.roles import role_name
from colonnade.emit.ddl.wrapping import wrapped
from colonnade.schema import (
    Check,
    Domain,
    Function,
    Policy,
    Schema,
    Table,
    Trigger,
)
from colonnade.schema.members import Relation
from colonnade.sql.identifier import qualified, qualified_function, quote
from colonnade.sql.literal import literal
from colonnade.sql.tokens import split_list, tokens

# Settings whose value is a list of names: quoted as a whole it would be one name.
# They carry the flag GUC_LIST_QUOTE in Postgres's guc.h.
_LIST_SETTINGS = frozenset({"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"})
_DEEP = " " * 8
_STANDARD_BODY = re.compile(r"(RETURN\b|BEGIN\s+ATOMIC\b)", re.IGNORECASE)


def replace_function(function: Function) -> str:
    """Return CREATE OR REPLACE FUNCTION or PROCEDURE."""
    return create_function(function).replace("CREATE ", "CREATE OR REPLACE ", 1)


def create_function(function: Function) -> str:
    """Return CREATE FUNCTION or CREATE PROCEDURE, one property a line."""
    name = qualified_function(function.namespace, function.name)
    returns = f" RETURNS {function.returns}" if function.kind == "function" else ""
    lines = [f"CREATE {function.kind.upper()} {name}({function.arguments}){returns}"]
    properties = [
        f"LANGUAGE {quote(function.language)}",
        "" if function.volatility == "VOLATILE" else function.volatility,
        "LEAKPROOF" if function.leakproof else "",
        "STRICT" if function.strict else "",
        "SECURITY DEFINER" if function.security_definer else "",
        "" if function.parallel == "UNSAFE" else f"PARALLEL {function.parallel}",
        "" if function.cost is None else f"COST {function.cost:.15g}",
        "" if function.rows is None else f"ROWS {function.rows:.15g}",
        *(f"SET {setting} = {_setting(setting, value)}" for setting, value in function.configuration),
    ]
    lines += [f"    {each}" for each in properties if each]
    if has_standard_body(function):
        return "\n".join([*lines, function.body])
    tag = dollar_tag(function.body)
    return "\n".join([*lines, f"AS {tag}{function.body}{tag}"])


def has_standard_body(function: Function) -> bool:
    """Tell whether the body is SQL itself (`RETURN …`, `BEGIN ATOMIC …`), not a string of it."""
    return function.language == "sql" and bool(_STANDARD_BODY.match(function.body))


def create_trigger(relation: Relation, trigger: Trigger) -> str:
    """Return CREATE TRIGGER; `trigger_firing` has what it cannot say."""
    events = " OR ".join(
        f"UPDATE OF {column_list(trigger.update_columns)}" if event == "UPDATE" and trigger.update_columns else event
        for event in trigger.events
    )
    kind = "CONSTRAINT TRIGGER" if trigger.constraint else "TRIGGER"
    lines = [f"CREATE {kind} {quote(trigger.name)}", f"    {trigger.timing} {events} ON {relation.identifier}"]
    if trigger.deferrable:
        lines.append("    DEFERRABLE INITIALLY " + ("DEFERRED" if trigger.initially_deferred else "IMMEDIATE"))
    transition = [
        f"{word} TABLE AS {quote(name)}"
        for word, name in (("OLD", trigger.old_table), ("NEW", trigger.new_table))
        if name
    ]
    lines += [f"    REFERENCING {' '.join(transition)}"] if transition else []
    condition = f" WHEN ({trigger.condition})" if trigger.condition is not None else ""
    arguments = ", ".join(literal(argument) for argument in trigger.arguments)
    lines.append(f"    FOR EACH {trigger.level}{condition} EXECUTE FUNCTION {trigger.function}({arguments})")
    return "\n".join(lines)


def trigger_firing(relation: Relation, trigger: Trigger) -> list[str]:
    """Return what makes the trigger fire in other sessions than usual, or in none; that of a view cannot."""
    verb = {"ORIGIN": "", "DISABLED": "DISABLE", "REPLICA": "ENABLE REPLICA", "ALWAYS": "ENABLE ALWAYS"}[trigger.firing]
    return [f"ALTER TABLE {relation.identifier} {verb} TRIGGER {quote(trigger.name)}"] if verb else []


def row_security(table: Table) -> list[str]:
    """Return what turns row-level security on, also for the table's owner when forced."""
    statements = []
    if table.row_security:
        statements.append(f"ALTER TABLE {table.identifier} ENABLE ROW LEVEL SECURITY")
    if table.force_row_security:
        statements.append(f"ALTER TABLE {table.identifier} FORCE ROW LEVEL SECURITY")
    return statements


def create_policy(table: Table, policy: Policy) -> str:
    """Return CREATE POLICY."""
    restrictive = "" if policy.permissive else " AS RESTRICTIVE"
    lines = [f"CREATE POLICY {quote(policy.name)} ON {table.identifier}{restrictive}"]
    lines.append(f"    FOR {policy.command} TO {', '.join(role_name(role) for role in policy.roles)}")
    if policy.using is not None:
        lines.append(f"    USING ({wrapped(policy.using, indent=_DEEP)})")
    if policy.with_check is not None:
        lines.append(f"    WITH CHECK ({wrapped(policy.with_check, indent=_DEEP)})")
    return "\n".join(lines)


def comments(schema: Schema) -> Iterator[str]:
    """Yield COMMENT ON for every comment of the schema, table by table."""
    for namespace in schema.namespaces:
        yield from _comment("SCHEMA", quote(namespace.name), namespace.comment)
    for enum in schema.enum_types:
        yield from _comment("TYPE", full_type_name(enum), enum.comment)
    for range_type in schema.range_types:
        yield from _comment("TYPE", full_type_name(range_type), range_type.comment)
    for composite in schema.composite_types:
        yield from _comment("TYPE", full_type_name(composite), composite.comment)
        for each in composite.attributes:
            yield from _comment("COLUMN", f"{full_type_name(composite)}.{quote(each.name)}", each.comment)
    for domain in schema.domains:
        yield from _comment("DOMAIN", full_type_name(domain), domain.comment)
        yield from (comment_on_domain_check(domain, check) for check in domain.checks if check.comment is not None)
    for table in schema.owned_tables:
        yield from _comments_of(table)
    for sequence in schema.sequences:
        yield from _comment("SEQUENCE", qualified(sequence.namespace, sequence.name), sequence.comment)
    for view in schema.views:
        word = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        yield from _comment(word, view.identifier, view.comment)
        yield from _comments_on_indexes(view)
        for trigger in view.triggers:
            yield from _comment(f"TRIGGER {quote(trigger.name)} ON", view.identifier, trigger.comment)
    for function in schema.functions:
        yield from _comment(function.kind.upper(), signature(function), function.comment)


def _comments_of(table: Table) -> Iterator[str]:
    """Yield the comments on a table and on what belongs to it."""
    yield from _comment("TABLE", table.identifier, table.comment)
    for column in table.columns:
        yield from _comment("COLUMN", f"{table.identifier}.{quote(column.name)}", column.comment)
    yield from _comments_on_indexes(table)
    for each in table.statistics:
        yield from _comment("STATISTICS", qualified(each.namespace, each.name), each.comment)
    for kind, members in (
        ("CONSTRAINT", table.constraints),
        ("POLICY", table.policies),
        ("TRIGGER", table.triggers),
    ):
        for member in members:
            yield from _comment(f"{kind} {quote(member.name)} ON", table.identifier, member.comment)


def _comments_on_indexes(relation: Relation) -> Iterator[str]:
    for index in relation.indexes:
        yield from _comment("INDEX", qualified(relation.namespace, index.name), index.comment)


def comment_on_domain_check(domain: Domain, check: Check) -> str:
    """Return COMMENT ON for a check of a domain."""
    return f"COMMENT ON CONSTRAINT {quote(check.name)} ON DOMAIN {full_type_name(domain)} IS {literal(check.comment)}"


def signature(function: Function) -> str:
    """Return the function or procedure as DROP and COMMENT name it."""
    return f"{qualified_function(function.namespace, function.name)}({_without_defaults(function.arguments)})"


def _without_defaults(arguments: str) -> str:
    """Return the arguments as they name a function."""
    return ", ".join(_without_default(argument) for argument in split_list(arguments)) if arguments else ""


def _without_default(argument: str) -> str:
    cut = next((token.start for token in tokens(argument) if token.is_word("default")), len(argument))
    return argument[:cut].rstrip()


def _comment(kind: str, name: str, text: str | None) -> Iterator[str]:
    if text is not None:
        yield f"COMMENT ON {kind} {name} IS {literal(text)}"


def _setting(name: str, value: str) -> str:
    return value if name in _LIST_SETTINGS and value else literal(value)
