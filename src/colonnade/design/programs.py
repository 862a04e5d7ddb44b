"""The functions and triggers that hold what no constraint can.

A trigger that holds a rule is called after it (`ck_…`), and refuses with SQLSTATE 23514 and its own name as the
violated constraint, so that a caller can tell it from any other refusal as with a CHECK.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from colonnade.design.defaults import clock
from colonnade.schema import TABLE_OWNER, ForeignKey, Function, Policy, Table, Trigger
from colonnade.sql.identifier import fit, quote, snake
from colonnade.sql.literal import literal

_REFUSED = "USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA"

# On while the rows of a limit are counted, within the transaction.
_COUNTING = "colonnade.counting"


def _function(name: str, lines: Iterable[str], comment: str) -> Function:
    body = "\n" + "\n".join(lines) + "\n"
    return Function(name=name, arguments="", returns="trigger", language="plpgsql", body=body, comment=comment)


def set_on_update(column: str, type_name: str) -> Function:
    """Return the function that sets a column to the time of the transaction, as a value of the type."""
    lines = ("BEGIN", f"    NEW.{quote(column)} := {clock(type_name)};", "    RETURN NEW;", "END")
    kind = "" if type_name == "timestamp with time zone" else f"_{snake(type_name)}"
    return _function(fit(f"set_{column}{kind}"), lines, f"Keeps {column} at the time of the last update.")


def raise_version(column: str) -> Function:
    """Return the function that counts the updates of a row."""
    quoted = quote(column)
    lines = ("BEGIN", f"    NEW.{quoted} := OLD.{quoted} + 1;", "    RETURN NEW;", "END")
    return _function(fit(f"raise_{column}"), lines, "Counts the updates of a row, for optimistic locking.")


def before_update(table: Table, function: Function) -> Trigger:
    """Return the trigger that runs the function on every updated row."""
    return Trigger(
        name=fit(f"{table.name}_{function.name}"),
        timing="BEFORE",
        events=("UPDATE",),
        function=quote(function.name),
    )


def refuse_change() -> Function:
    """Return the function that refuses whatever fires it."""
    lines = (
        "BEGIN",
        "    RAISE EXCEPTION '% of \"%\" is refused: its rows are never changed', TG_OP, TG_TABLE_NAME",
        f"        {_REFUSED};",
        "END",
    )
    return _function("refuse_change", lines, "Refuses the change of a row that is append-only.")


def refer_to_own(table: Table, key: ForeignKey) -> tuple[Function, Trigger]:
    """Return what lets a row refer only to rows that the writer may see.

    The foreign key's own check looks past row-level security; this one does not. It refuses with SQLSTATE 42501, as a
    policy does, when the foreign key is checked: at once, or deferred like it.
    """
    name = fit(f"{table.name}_{'_'.join(key.columns)}_own")
    target = f"{quote(key.referenced_namespace)}.{quote(key.referenced_table)}"
    pairs = tuple(zip(key.columns, key.referenced_columns, strict=True))
    said = " AND ".join(f"NEW.{quote(left)} IS NOT NULL" for left, _ in pairs)
    same = " AND ".join(f"target.{quote(right)} = NEW.{quote(left)}" for left, right in pairs)
    lines = (
        "BEGIN",
        f"    IF {said} AND NOT EXISTS (SELECT FROM {target} AS target WHERE {same}) THEN",
        "        RAISE EXCEPTION '\"%\" refers to a row of \"%\" that is not the caller''s',",
        f"            TG_TABLE_NAME, {literal(key.referenced_table)}",
        "            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_NAME,",
        "                TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;",
        "    END IF;",
        "    RETURN NULL;",
        "END",
    )
    function = _function(name, lines, f"Lets {', '.join(key.columns)} refer only to rows that the writer may see.")
    trigger = Trigger(
        name=name,
        timing="AFTER",
        events=("INSERT", "UPDATE"),
        update_columns=key.columns,
        function=quote(function.name),
        constraint=key.deferrable,
        deferrable=key.deferrable,
        initially_deferred=key.initially_deferred,
    )
    return function, trigger


def limit_rows(name: str, table: Table, per: Sequence[str], maximum: int, where: str) -> Function:
    """Return the function that lets at most so many rows agree on `per`.

    It first takes a lock on the values that they agree on, so that of two writers the second counts what the first
    has committed. The hash is that of the types' own equality: values that are equal under another spelling (1.0
    and 1.00, or a citext) take the same lock. The setting is for `counting_policy`.
    """
    same = " AND ".join(f"{quote(column)} = NEW.{quote(column)}" for column in per)
    values = ", ".join((f"{literal(name)}::text", *(f"NEW.{quote(column)}" for column in per)))
    conditions = " AND ".join(part for part in (same, f"({where})" if where else "") if part)
    counted = f"SELECT FROM {_absolute(table)}" + (f" WHERE {conditions}" if conditions else "")
    among = literal(", ".join(per)) if per else "'nothing'"
    lines = (
        "#variable_conflict use_column",
        "DECLARE",
        "    too_many boolean;",
        "BEGIN",
        f"    PERFORM pg_advisory_xact_lock(hash_record_extended(ROW({values}), 0));",
        f"    PERFORM set_config({literal(_COUNTING)}, 'on', true);",
        f"    too_many := (SELECT count(*) FROM ({counted} LIMIT {maximum + 1}) AS counted) > {maximum};",  # noqa: S608 - every name is quoted
        f"    PERFORM set_config({literal(_COUNTING)}, '', true);",
        "    IF too_many THEN",
        "        RAISE EXCEPTION 'at most % rows of \"%\" may agree on %',",
        f"            {maximum}, TG_TABLE_NAME, {among}",
        f"            {_REFUSED};",
        "    END IF;",
        "    RETURN NULL;",
        "END",
    )
    return _function(name, lines, f"Lets at most {maximum} rows agree on {', '.join(per) or 'nothing'}.")


def with_rights_of_owner(function: Function, *, namespace: str = "") -> Function:
    """Return the function as one that acts for its owner, whoever calls it.

    Nobody can put an object of another schema in the way of what it names; `namespace` is searched after
    Postgres's own, for the operators of extensions.
    """
    path = ("pg_catalog", *((quote(namespace),) if namespace else ()), "pg_temp")
    return replace(function, security_definer=True, configuration=(("search_path", ", ".join(path)),))


def counting_policy(table: Table) -> Policy:
    """Return the policy that lets the table's owner count the rows of everybody, while a limit is tried.

    Forced row security holds for the owner, too, with whose rights limits of divided tables are tried. Whoever
    else sets the setting has no such policy.
    """
    return Policy(
        name=fit(f"{table.name}_counted"),
        command="SELECT",
        roles=(TABLE_OWNER,),
        using=f"(SELECT current_setting({literal(_COUNTING)}, true)) = 'on'",
    )


def refuse_step(name: str, column: str, steps: Sequence[tuple[str, str]]) -> Function:
    """Return the function that refuses a change of a column along any other step than these."""
    quoted = quote(column)
    pairs = ", ".join(f"({literal(before)}, {literal(after)})" for before, after in steps)
    allowed = f"(OLD.{quoted}, NEW.{quoted}) IN ({pairs})" if pairs else "false"
    lines = (
        "BEGIN",
        f"    IF {allowed} IS NOT TRUE THEN",
        "        RAISE EXCEPTION '% of \"%\" cannot change from % to %',",
        f"            {literal(column)}, TG_TABLE_NAME, OLD.{quoted}, NEW.{quoted}",
        f"            {_REFUSED};",
        "    END IF;",
        "    RETURN NEW;",
        "END",
    )
    return _function(name, lines, f"Lets {column} change along the declared steps only.")


def keep_trail(trail: Table) -> Function:
    """Return the function that writes the change of a row to the audit trail.

    Its trigger's arguments are the key's columns and the columns to leave out, both as array literals, and the table's
    name: a row of a partition would give that of the partition. It runs with the rights of its owner, so that the
    application can neither forge the trail nor read it.
    """
    lines = (
        "DECLARE",
        "    row_before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - TG_ARGV[1]::text[] END;",
        "    row_after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - TG_ARGV[1]::text[] END;",
        "    row_key jsonb := (SELECT jsonb_agg(coalesce(row_after, row_before) -> part.name ORDER BY part.place)",
        "        FROM unnest(TG_ARGV[0]::text[]) WITH ORDINALITY AS part (name, place));",
        "BEGIN",
        f"    INSERT INTO {_absolute(trail)} (changed_table, changed_key, action, changed_by, before, after)",
        "    VALUES (TG_ARGV[2], CASE jsonb_array_length(row_key) WHEN 1 THEN row_key ->> 0 ELSE row_key::text END,",
        "        TG_OP, coalesce(nullif(current_setting('colonnade.user_id', true), ''), session_user),",
        "        row_before, row_after);",
        "    RETURN NULL;",
        "END",
    )
    function = _function(fit(f"keep_{trail.name}"), lines, "Writes the change of a row to the audit trail.")
    return with_rights_of_owner(function)


def audit_trigger(table: Table, function: Function, *, secrets: Sequence[str]) -> Trigger:
    """Return the trigger that records every change of the table's rows."""
    key = table.primary_key.columns if table.primary_key else ()
    return Trigger(
        name=fit(f"{table.name}_{function.name}"),
        timing="AFTER",
        events=("INSERT", "UPDATE", "DELETE"),
        function=quote(function.name),
        arguments=(_array(key), _array(secrets), table.name),
    )


def _array(names: Sequence[str]) -> str:
    """Return the names as an array literal."""
    quoted = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    return "{" + ",".join(f'"{name}"' for name in quoted) + "}"


def _absolute(table: Table) -> str:
    """Return the table's name with its namespace, so that no search path can put another in its place."""
    return f"{quote(table.namespace)}.{quote(table.name)}"
