"""What stands beside tables: extensions, the role, schemas, types, sequences, views."""

from __future__ import annotations

from colonnade.emit.ddl.columns import default_expression, quote_collation
from colonnade.emit.ddl.constraints import constraint_clause
from colonnade.schema import (
    CompositeAttribute,
    CompositeType,
    Domain,
    EnumType,
    Extension,
    NamedType,
    RangeType,
    View,
)
from colonnade.sql.identifier import qualified, quote
from colonnade.sql.literal import literal

_WIDE = 100


def create_extension(extension: Extension) -> str:
    """Return CREATE EXTENSION; the extension may be there already, as others may use it."""
    where = "" if extension.namespace == "public" else f" SCHEMA {quote(extension.namespace)}"
    return f"CREATE EXTENSION IF NOT EXISTS {quote(extension.name)}{where}"


def create_role(role: str, *, bound: bool = True) -> str:
    """Return a block that creates the role unless it exists; `bound` refuses one that row security does not bind.

    Roles belong to the whole server: another database's script may create it at the same moment.
    """
    name = literal(role)
    tag = dollar_tag(role)
    refusal = f"""\
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name} AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION USING MESSAGE = {literal(f'role "{role}" bypasses row-level security')};
    END IF;
"""
    return f"""\
DO {tag}
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) THEN
        BEGIN
            CREATE ROLE {quote(role)} NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another session was faster
        END;
    END IF;
{refusal if bound else ""}END
{tag}"""


def create_namespace(name: str) -> str:
    """Return CREATE SCHEMA; the namespace may be there already, made for another product or an extension."""
    return f"CREATE SCHEMA IF NOT EXISTS {quote(name)}"


def create_enum(enum: EnumType) -> str:
    """Return CREATE TYPE … AS ENUM."""
    head = f"CREATE TYPE {qualified(enum.namespace, enum.name)} AS ENUM"
    values = [literal(value) for value in enum.values]
    one_line = f"{head} ({', '.join(values)})"
    return one_line if len(one_line) <= _WIDE else f"{head} (\n    " + ",\n    ".join(values) + "\n)"


def create_domain(domain: Domain) -> str:
    """Return CREATE DOMAIN with the constraints that it can hold."""
    text = f"CREATE DOMAIN {qualified(domain.namespace, domain.name)} AS {domain.base_type}"
    text += f" DEFAULT {default_expression(domain.default)}" if domain.default is not None else ""
    text += " NOT NULL" if domain.not_null else ""
    return "\n    ".join([text, *(constraint_clause(check) for check in domain.checks if check.validated)])


def alter_domain(domain: Domain) -> list[str]:
    """Return what CREATE DOMAIN cannot say: checks that existing rows need not meet."""
    name = full_type_name(domain)
    return [f"ALTER DOMAIN {name} ADD {constraint_clause(check)}" for check in domain.checks if not check.validated]


def create_composite(kind: CompositeType) -> str:
    """Return CREATE TYPE … AS (…)."""
    return f"CREATE TYPE {full_type_name(kind)} AS ({', '.join(attribute(each) for each in kind.attributes)})"


def attribute(value: CompositeAttribute) -> str:
    """Return an attribute of a composite type as CREATE TYPE and ALTER TYPE take it."""
    collation = f" COLLATE {quote_collation(value.collation)}" if value.collation else ""
    return f"{quote(value.name)} {value.type}{collation}"


def create_range(kind: RangeType) -> str:
    """Return CREATE TYPE … AS RANGE."""
    parts = [
        ("SUBTYPE", kind.subtype),
        ("SUBTYPE_OPCLASS", kind.operator_class),
        ("COLLATION", quote_collation(kind.collation) if kind.collation else ""),
        ("SUBTYPE_DIFF", kind.difference),
        ("MULTIRANGE_TYPE_NAME", f"{quote(kind.namespace)}.{quote(kind.multirange)}"),
    ]
    said = ", ".join(f"{name} = {value}" for name, value in parts if value)
    return f"CREATE TYPE {full_type_name(kind)} AS RANGE ({said})"


def full_type_name(kind: NamedType) -> str:
    """Return the type's name with its namespace, because a built-in type of the same name would win."""
    return f"{quote(kind.namespace)}.{quote(kind.name)}"


def create_view(view: View) -> str:
    """Return CREATE VIEW or CREATE MATERIALIZED VIEW."""
    kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    said = [
        "security_invoker = true" if view.security_invoker else "",
        "security_barrier = true" if view.security_barrier else "",
        f"check_option = {view.check_option}" if view.check_option else "",
    ]
    options = f" WITH ({', '.join(each for each in said if each)})" if any(said) else ""
    return f"CREATE {kind} {view.identifier}{options} AS\n{view.definition}"


def dollar_tag(body: str) -> str:
    """Return dollar quotes that the body does not contain."""
    tag, number = "$$", 0
    while tag in f"{body}$":
        number += 1
        tag = f"$body_{number}$"
    return tag
