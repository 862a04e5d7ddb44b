"""What stands in no namespace, and cannot be said in a `Schema` either: it belongs to the whole database."""

from __future__ import annotations

from colonnade.postgres.introspection.notes import Catalog, Note


def _named(catalog: str, class_oid: int, *, name: str, kind: str, where: str = "k.oid >= 16384") -> Catalog:
    """Return the objects of a catalog, which `k` stands for."""
    return Catalog(
        source=f"{catalog} k",
        where=where,
        owner=f"{class_oid}, k.oid",
        notes=(Note("true", f"'{kind} ' || quote_ident(k.{name})"),),
    )


def _described(catalog: str, class_oid: int) -> Catalog:
    """Return the objects of a catalog that have no name."""
    return Catalog(
        source=f"{catalog} k",
        # Those of a range type come with it.
        where="k.oid >= 16384 AND NOT EXISTS ("
        f"SELECT FROM pg_depend d WHERE d.classid = {class_oid} AND d.objid = k.oid AND d.deptype = 'i')",
        owner=f"{class_oid}, k.oid",
        notes=(Note("true", f"pg_describe_object({class_oid}, k.oid, 0)"),),
    )


_DEFAULT_PRIVILEGES = Catalog(
    source="pg_default_acl k",
    where="k.defaclnamespace = 0",
    owner="826, k.oid",
    notes=(Note("true", "pg_describe_object(826, k.oid, 0)"),),
)

# A function that somebody added to an operator family of Postgres's own; an operator class brings its own along.
_FAMILY_FUNCTIONS = Catalog(
    source="pg_amproc k",
    where="k.oid >= 16384 AND k.amprocfamily < 16384 AND NOT EXISTS ("
    "SELECT FROM pg_depend d WHERE d.classid = 2603 AND d.objid = k.oid AND d.refclassid = 2616)",
    owner="1255, k.amproc",
    notes=(Note("true", "pg_describe_object(2603, k.oid, 0)"),),
)

# A function or trigger that goes with an extension it does not belong to.
_EXTENSION_DEPENDENCIES = Catalog(
    source="pg_depend d",
    where="d.deptype = 'x'",
    owner="d.classid, d.objid",
    notes=(Note("true", "'dependence on an extension of ' || pg_describe_object(d.classid, d.objid, d.objsubid)"),),
)

_EXTENSION_COMMENTS = Catalog(
    source="pg_description d JOIN pg_extension k ON k.oid = d.objoid"
    " LEFT JOIN pg_available_extensions a ON a.name = k.extname",
    where="d.classoid = 3079 AND d.description IS DISTINCT FROM a.comment",
    owner="3079, k.oid",
    notes=(Note("true", "'comment on extension ' || quote_ident(k.extname)"),),
)

DATABASE_CATALOGS = (
    _named("pg_event_trigger", 3466, name="evtname", kind="event trigger"),
    _named("pg_publication", 6104, name="pubname", kind="publication"),
    _named(
        "pg_subscription",
        6100,
        name="subname",
        kind="subscription",
        where="k.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    ),
    _named("pg_foreign_data_wrapper", 2328, name="fdwname", kind="foreign-data wrapper"),
    _named("pg_foreign_server", 1417, name="srvname", kind="foreign server"),
    _named("pg_am", 2601, name="amname", kind="access method"),
    _named("pg_language", 2612, name="lanname", kind="language"),
    _named(
        "pg_opfamily",
        2753,
        name="opfname",
        kind="operator family",
        # That of an operator class comes with it.
        where="k.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d"
        " WHERE d.refclassid = 2753 AND d.refobjid = k.oid AND d.classid = 2616)",
    ),
    _described("pg_cast", 2605),
    _described("pg_transform", 3576),
    _DEFAULT_PRIVILEGES,
    _FAMILY_FUNCTIONS,
    _EXTENSION_DEPENDENCIES,
    _EXTENSION_COMMENTS,
)
