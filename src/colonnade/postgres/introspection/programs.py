"""Triggers, policies, functions and extensions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from colonnade.postgres.introspection.privileges import granted_privileges, grants_of, owner
from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.postgres.introspection.relations import Columns
from colonnade.postgres.introspection.spelling import bare
from colonnade.schema import (
    EXECUTE_FOR_ALL,
    TABLE_OWNER,
    Extension,
    Function,
    Policy,
    Trigger,
)
from colonnade.sql.tokens import tokens

_TRIGGERS = """
SELECT t.tgrelid::int8, t.tgname, t.tgtype, t.tgfoid::regproc::text, t.tgargs, t.tgattr::text,
       CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END,
       t.tgconstraint <> 0, t.tgdeferrable, t.tginitdeferred, t.tgoldtable, t.tgnewtable, t.tgenabled::text,
       d.description
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_description d ON d.classoid = 'pg_trigger'::regclass AND d.objoid = t.oid
WHERE n.nspname = ANY (%s) AND NOT t.tgisinternal AND t.tgparentid = 0
"""

_POLICIES = f"""
SELECT p.polrelid::int8, p.polname, p.polcmd::text, p.polpermissive, pg_get_expr(p.polqual, p.polrelid),
       pg_get_expr(p.polwithcheck, p.polrelid),
       ARRAY(SELECT CASE WHEN r.oid = c.relowner AND {owner("c.relowner")} = '' THEN %s
                         ELSE coalesce(r.rolname, 'public') END
             FROM unnest(p.polroles) AS given (oid) LEFT JOIN pg_roles r ON r.oid = given.oid), d.description
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_description d ON d.classoid = 'pg_policy'::regclass AND d.objoid = p.oid
WHERE n.nspname = ANY (%s)
"""  # noqa: S608 - every part stands in this package

_FUNCTIONS = f"""
SELECT n.nspname, p.proname, pg_get_function_arguments(p.oid), coalesce(pg_get_function_result(p.oid), ''), l.lanname,
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), p.provolatile::text, p.proisstrict, p.prosecdef,
       p.proleakproof, p.proparallel::text, p.proconfig, p.prokind = 'p',
       nullif(p.procost, 100)::float8, nullif(p.prorows, CASE WHEN p.proretset THEN 1000 ELSE 0 END)::float8,
       d.description,
       {owner("p.proowner")}, {granted_privileges("p.proacl", "p.proowner")}
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_description d ON d.classoid = 'pg_proc'::regclass AND d.objoid = p.oid AND d.objsubid = 0
WHERE n.nspname = ANY (%s) AND p.prokind IN ('f', 'p') AND l.lanname NOT IN ('c', 'internal')
  AND NOT EXISTS (
      SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
"""  # noqa: S608 - every part stands in this package

_EXTENSIONS = """
SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
"""

_ROW, _BEFORE, _INSTEAD = 1, 2, 64  # TRIGGER_TYPE_… in pg_trigger.h
_EVENTS: tuple[tuple[int, Literal["INSERT", "UPDATE", "DELETE", "TRUNCATE"]], ...] = (
    (4, "INSERT"),
    (16, "UPDATE"),
    (8, "DELETE"),
    (32, "TRUNCATE"),
)
_COMMANDS: Mapping[str, Literal["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"]] = {
    "*": "ALL",
    "r": "SELECT",
    "a": "INSERT",
    "w": "UPDATE",
    "d": "DELETE",
}
_VOLATILITY: Mapping[str, Literal["IMMUTABLE", "STABLE", "VOLATILE"]] = {
    "i": "IMMUTABLE",
    "s": "STABLE",
    "v": "VOLATILE",
}
_FIRING: Mapping[str, Literal["ORIGIN", "DISABLED", "REPLICA", "ALWAYS"]] = {
    "O": "ORIGIN",
    "D": "DISABLED",
    "R": "REPLICA",
    "A": "ALWAYS",
}
_PARALLEL: Mapping[str, Literal["SAFE", "RESTRICTED", "UNSAFE"]] = {"s": "SAFE", "r": "RESTRICTED", "u": "UNSAFE"}


def read_triggers(
    namespaces: Iterable[str], columns: Callable[[], Columns]
) -> Reading[Mapping[int, tuple[Trigger, ...]]]:
    """Return the triggers by table or view, sorted by name; those of a constraint's own making are left out."""
    found: dict[int, list[Trigger]] = defaultdict(list)
    for table, *row in (yield Query(_TRIGGERS, (list(namespaces),))):
        # Those of single partitions have no place in a schema.
        if held := columns().get(table):
            found[table].append(_trigger(row, {number: each.value.name for number, each in held.items()}))
    return {table: tuple(sorted(each, key=lambda trigger: trigger.name)) for table, each in found.items()}


def _trigger(row: list[Any], columns: Mapping[int, str]) -> Trigger:
    name, kind, function, arguments, numbers, definition, constraint, deferrable, deferred, old, new, firing, said = row
    return Trigger(
        name=name,
        timing="BEFORE" if kind & _BEFORE else "INSTEAD OF" if kind & _INSTEAD else "AFTER",
        events=tuple(event for bit, event in _EVENTS if kind & bit),
        function=function,
        arguments=tuple(part.decode() for part in bytes(arguments).split(b"\0")[:-1]),
        update_columns=tuple(columns[int(number)] for number in numbers.split()),
        level="ROW" if kind & _ROW else "STATEMENT",
        condition=_condition(definition) if definition else None,
        constraint=constraint,
        deferrable=deferrable,
        initially_deferred=deferred,
        old_table=old or "",
        new_table=new or "",
        firing=_FIRING[firing],
        comment=said,
    )


def _condition(definition: str) -> str | None:
    """Return what stands between `WHEN (` and `) EXECUTE` in what `pg_get_triggerdef` prints."""
    depth = start = end = 0
    for token in tokens(definition):
        if token.kind == "symbol":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.kind == "word" and token.text == "WHEN":
            start = token.end
        if depth == 0 and token.kind == "word" and token.text == "EXECUTE":
            end = token.start
    # One pair of parentheses belongs to WHEN, a second one is Postgres's habit.
    return bare(bare(definition[start:end].strip()))


def read_policies(namespaces: Iterable[str]) -> Reading[Mapping[int, tuple[Policy, ...]]]:
    """Return the policies by table, sorted by name."""
    found: dict[int, list[Policy]] = defaultdict(list)
    rows = yield Query(_POLICIES, (TABLE_OWNER, list(namespaces)))
    for table, name, command, permissive, using, with_check, roles, comment in rows:
        found[table].append(
            Policy(
                name=name,
                command=_COMMANDS[command],
                permissive=permissive,
                roles=tuple(sorted(roles)),
                using=bare(using),
                with_check=bare(with_check),
                comment=comment,
            )
        )
    return {table: tuple(sorted(each, key=lambda policy: policy.name)) for table, each in found.items()}


def read_functions(namespaces: Iterable[str]) -> Reading[tuple[Function, ...]]:
    """Return the functions and procedures written in SQL, PL/pgSQL or another language of the server."""
    answered = yield Query(_FUNCTIONS, (list(namespaces),))
    found = [
        Function(
            namespace=namespace,
            name=name,
            arguments=arguments,
            returns=returns,
            language=language,
            body=body,
            volatility=_VOLATILITY[volatility],
            strict=strict,
            security_definer=security_definer,
            leakproof=leakproof,
            parallel=_PARALLEL[parallel],
            configuration=_configuration(configuration or ()),
            kind="procedure" if is_procedure else "function",
            cost=cost,
            rows=rows,
            owner=held_by,
            grants=grants_of(pairs, unsaid=EXECUTE_FOR_ALL),
            comment=comment,
        )
        for (
            namespace,
            name,
            arguments,
            returns,
            language,
            body,
            volatility,
            strict,
            security_definer,
            leakproof,
            parallel,
            configuration,
            is_procedure,
            cost,
            rows,
            comment,
            held_by,
            pairs,
        ) in answered
    ]
    return tuple(sorted(found, key=lambda each: (each.namespace, each.name, each.arguments)))


def _configuration(settings: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return `name=value` texts as sorted pairs; an empty search path is stored as an empty name."""
    pairs = (setting.partition("=") for setting in settings)
    return tuple(sorted((name, "" if value == '""' else value) for name, _, value in pairs))


def read_extensions() -> Reading[tuple[Extension, ...]]:
    """Return the extensions but PL/pgSQL, which every database has."""
    rows = yield Query(_EXTENSIONS)
    return tuple(Extension(name=name, namespace=namespace) for name, namespace in rows)
