"""A package of SQLModel classes, as its author would write it by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic.alias_generators import to_camel

from colonnade.design import Design
from colonnade.emit.models import names
from colonnade.emit.models.contract import Contract
from colonnade.emit.models.entity import entity_module
from colonnade.emit.models.fields import enum_plan, table_facts, table_fields
from colonnade.emit.models.objects import objects_module
from colonnade.emit.models.plan import EnumPlan, FieldPlan, ModelPlan, PackagePlan
from colonnade.emit.models.relations import with_relations
from colonnade.emit.models.shared import base_module, enums_module, package_module
from colonnade.emit.models.sharing import share_types
from colonnade.schema import Schema, Table
from colonnade.sql.identifier import qualified, quote

__all__ = ["package"]


def package(design: Design) -> dict[str, str]:
    """Return the files of the package, relative path to text, sorted by path.

    `Model.metadata.create_all(tables=owned_tables())` of the emitted package gives the catalog that
    the design's DDL gives. The text is formatted already.
    """
    plan = _plan(design)
    texts = {f"models/{model.module}.py": entity_module(model, plan) for model in plan.models}
    texts["models/database_objects.py"] = objects_module(design.schema, role=design.application_role)
    if plan.enums:
        texts["models/enums.py"] = enums_module(plan)
    texts["models/base.py"] = base_module(plan, "\n".join(texts.values()))
    texts["models/__init__.py"] = package_module(plan, name=design.name)
    return dict(sorted(texts.items()))


def _plan(design: Design) -> PackagePlan:
    """Return what the package holds."""
    native = _native_enums(design.schema)
    class_names = _class_names(design)
    modules = names.distinct((names.module(each) for each in class_names), taken=names.RESERVED_MODULES)
    contract = Contract(design)
    models = []
    for table, class_name, module in zip(design.schema.tables, class_names, modules, strict=True):
        facts = table_facts(table, design, contract)
        fields = table_fields(table, class_name, facts, design, native)
        model = ModelPlan(
            table=table,
            class_name=class_name,
            module=module,
            fields=fields.fields,
            entity=facts.entity,
            enums=fields.enums,
            aliases=fields.aliases,
            passwords=fields.passwords,
            camel_case=_speaks_camel_case(fields.fields),
        )
        models.append(_with_version(model))
    shared_models, aliases = share_types(models)
    used = {enum.name for enum in native.values() if any(_uses(model, enum.name) for model in models)}
    enums = {enum.name: enum for enum in native.values() if enum.name in used}
    return PackagePlan(
        models=with_relations(shared_models, design),
        aliases=aliases,
        enums=tuple(enums[name] for name in sorted(enums)),
    )


def _speaks_camel_case(fields: Iterable[FieldPlan]) -> bool:
    """Whether the contract writes most names of several words in camelCase."""
    told = [each for each in fields if each.said and to_camel(each.attribute) != each.attribute]
    return 2 * sum(each.said == to_camel(each.attribute) for each in told) > len(told)


def _uses(model: ModelPlan, enum: str) -> bool:
    return any(enum in field.annotation for field in model.fields)


def _with_version(model: ModelPlan) -> ModelPlan:
    """Return the model with its optimistic version, if the table has one."""
    for field in model.fields:
        if field.spec is not None and field.spec.role == "version" and field.annotation == "int":
            return replace(model, version=field.attribute, server_version=field.fetched)
    return model


def _class_names(design: Design) -> tuple[str, ...]:
    """Return the class of each table, those of entities first come first served."""
    bound = {(each.namespace, each.table): each.class_name for each in design.bindings.entities}
    wanted = [
        names.class_name(bound.get((table.namespace, table.name)) or _singular(table)) for table in design.schema.tables
    ]
    return names.distinct(wanted, joint="")


def _singular(table: Table) -> str:
    """Return a class name for a table that stands for no entity."""
    name = table.name
    return name.removesuffix("s") if name.endswith("s") and not name.endswith("ss") else name


def _native_enums(schema: Schema) -> dict[str, EnumPlan]:
    """Return the enum class of each enum type, under every spelling of the type."""
    found: dict[str, EnumPlan] = {}
    taken = names.distinct((names.class_name(each.name) for each in schema.enum_types), joint="")
    for each, name in zip(schema.enum_types, taken, strict=True):
        plan = enum_plan(name, each.values, each.comment or f"The enum type {each.name}")
        for spelling in (each.name, quote(each.name), qualified(each.namespace, each.name)):
            found[spelling] = plan
    return found
