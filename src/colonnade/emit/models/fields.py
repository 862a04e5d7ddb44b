"""The columns of a table as fields, and in which classes each appears."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from colonnade.design import Design
from colonnade.emit.models import names
from colonnade.emit.models.code import Call
from colonnade.emit.models.contract import Body, Contract, TableContract
from colonnade.emit.models.defaults import TriggerWrites, python_default, trigger_writes
from colonnade.emit.models.limits import limited
from colonnade.emit.models.plan import AliasPlan, EnumPlan, FieldPlan, PasswordPlan
from colonnade.emit.models.types import mapped_type
from colonnade.schema import Column, Table
from colonnade.spec import AppendOnly, Attribute, Entity

_SERVER_ROLES = frozenset({"created", "updated", "version", "deleted", "generated", "password"})
_UNSHOWN_ROLES = frozenset({"password", "deleted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What the spec says about the columns of one table."""

    entity: Entity | None
    attributes: Mapping[str, Attribute]
    contract: TableContract
    owner_columns: frozenset[str]
    fixed_columns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFields:
    """The fields of one table with the enums and constrained types that they use."""

    fields: tuple[FieldPlan, ...]
    enums: tuple[EnumPlan, ...]
    aliases: tuple[AliasPlan, ...]
    passwords: tuple[PasswordPlan, ...]


def table_facts(table: Table, design: Design, contract: Contract) -> TableFacts:
    """Return what the spec says about the columns of the table."""
    bindings = design.bindings
    entity_name = next((each.entity for each in bindings.entities if each.table == table.name), "")
    entity = design.spec.entity(entity_name) if design.spec.has_entity(entity_name) else None
    attributes = {
        each.column: attribute
        for each in bindings.attributes
        if each.table == table.name and each.column
        for attribute in _attributes(each.entity, each.attribute, design)
    }
    return TableFacts(
        entity=entity,
        attributes=attributes,
        contract=contract.of(table, entity_name),
        owner_columns=frozenset(_reference_columns(table, design, owner=True)),
        fixed_columns=frozenset(_fixed_columns(table, design, entity_name)),
    )


def table_fields(
    table: Table, class_name: str, facts: TableFacts, design: Design, native: Mapping[str, EnumPlan]
) -> TableFields:
    """Return the fields of a table; `native` are the enums of the native enum types, by type."""
    attributes = names.distinct(names.attribute(column.name) for column in table.columns)
    writes = trigger_writes(table, design.schema)
    fields: list[FieldPlan] = []
    enums: list[EnumPlan] = []
    aliases: list[AliasPlan] = []
    for column, attribute in zip(table.columns, attributes, strict=True):
        spec = facts.attributes.get(column.name)
        enum = native.get(column.type.removesuffix("[]"))
        if enum is None and spec is not None and spec.type.base == "enum" and _stores_text(column):
            enum = _enum(class_name, attribute, spec)
            enums += [enum] if enum else []
        made, alias = _field(table, column, attribute, class_name, facts, design, writes, enum)
        fields.append(made)
        aliases += [alias] if alias else []
    passwords: list[PasswordPlan] = []
    for name, spec in facts.attributes.items():
        if spec.role == "password":
            password, alias = _password(class_name, spec, attributes)
            password = replace(
                password,
                create=_carries(facts.contract.create, name, otherwise=True),
                update=_carries(facts.contract.update, name, otherwise=True),
            )
            passwords.append(password)
            aliases += [alias] if alias else []
    return TableFields(fields=tuple(fields), enums=tuple(enums), aliases=tuple(aliases), passwords=tuple(passwords))


def _password(class_name: str, spec: Attribute, taken: Iterable[str]) -> tuple[PasswordPlan, AliasPlan | None]:
    """Return a password as requests carry it, and the constrained type made for it."""
    plain = spec.name.removesuffix("_hash").removesuffix("_digest") or "password"
    attribute = names.distinct((names.attribute(plain),), taken=taken)[0]
    limits = limited("str", spec.type)
    if not isinstance(limits, Call):
        return PasswordPlan(attribute=attribute, annotation="str"), None
    alias = AliasPlan(name=names.type_name(class_name, attribute), type=limits)
    return PasswordPlan(attribute=attribute, annotation=alias.name), alias


def _field(
    table: Table,
    column: Column,
    attribute: str,
    class_name: str,
    facts: TableFacts,
    design: Design,
    writes: TriggerWrites,
    enum: EnumPlan | None,
) -> tuple[FieldPlan, AliasPlan | None]:
    """Return a column as a field, and the constrained type made for it."""
    spec = facts.attributes.get(column.name)
    mapped = mapped_type(column.type, design.schema, enum=enum.name if enum else "", collation=column.collation)
    default, factory = python_default(column.default, mapped.annotation, enum)
    filled = bool(column.identity or column.generated is not None or column.default is not None)
    by_trigger = not filled and column.name in writes.inserted
    server = _filled_by_server(table, column, spec, facts) or by_trigger
    limits = limited(mapped.annotation, spec.type) if spec is not None and not server else None
    alias = AliasPlan(name=_alias_name(class_name, attribute, enum), type=limits) if isinstance(limits, Call) else None
    fixed = server or column.name in facts.fixed_columns or _in_primary_key(table, column)
    field = FieldPlan(
        column=column,
        attribute=attribute,
        annotation=alias.name if alias else mapped.annotation,
        sql_type=mapped.sql,
        default="" if server else default,
        default_factory="" if server else factory,
        filled=filled or by_trigger,
        filled_by_trigger=by_trigger,
        fetched=column.name in writes.updated,
        spec=spec,
        rank=_rank(table, column, spec, facts),
        said=facts.contract.names.get(column.name, ""),
    )
    return _placed(field, facts.contract, create=not server, update=not fixed), alias


def _placed(field: FieldPlan, contract: TableContract, *, create: bool, update: bool) -> FieldPlan:
    """Return the field with the classes in which it appears: those of the contract, where it says anything."""
    name = field.column.name
    role = field.spec.role if field.spec is not None else "plain"
    # No writer gives these a value, whatever a request says.
    writable = role != "password" and not field.column.identity and field.column.generated is None
    shown = role not in _UNSHOWN_ROLES and field.column.type != "tsvector"
    return replace(
        field,
        create=writable and _carries(contract.create, name, otherwise=create),
        update=writable and _carries(contract.update, name, otherwise=update),
        public=role != "password" and _carries(contract.response, name, otherwise=shown),
        create_requires=name in contract.create.required,
        update_requires=name in contract.update.required,
    )


def _carries(body: Body, column: str, *, otherwise: bool) -> bool:
    return column in body.columns if body.stated else otherwise


def _alias_name(class_name: str, attribute: str, enum: EnumPlan | None) -> str:
    """Return the name of a constrained type; a list of an enum's members is not called as the enum."""
    name = names.type_name(class_name, attribute)
    return f"{name}List" if enum is not None and enum.name == name else name


def _rank(table: Table, column: Column, spec: Attribute | None, facts: TableFacts) -> int:
    """Return the place of a field among the others of its entity: keys, attributes, then references."""
    if spec is None or facts.entity is None:
        return -1 if _in_primary_key(table, column) else len(facts.attributes)
    named = [each.name for each in facts.entity.attributes]
    return named.index(spec.name) if spec.name in named else len(named)


def _filled_by_server(table: Table, column: Column, spec: Attribute | None, facts: TableFacts) -> bool:
    """Whether no request carries the column: the server, or the application for the caller, sets it."""
    if column.identity or column.generated is not None or column.name in facts.owner_columns:
        return True
    if spec is not None and spec.role in _SERVER_ROLES:
        return True
    return _in_primary_key(table, column) and column.default is not None


def _in_primary_key(table: Table, column: Column) -> bool:
    return table.primary_key is not None and column.name in table.primary_key.columns


def _attributes(entity: str, name: str, design: Design) -> tuple[Attribute, ...]:
    """Return the attribute of an entity, or of the relationship that the entity stands for."""
    spec = design.spec
    if spec.has_entity(entity) and spec.entity(entity).has_attribute(name):
        return (spec.entity(entity).attribute(name),)
    found = [
        attribute
        for each in spec.relationships
        if each.via == entity
        for attribute in each.attributes
        if attribute.name == name
    ]
    return tuple(found[:1])


def _reference_columns(table: Table, design: Design, *, owner: bool) -> list[str]:
    """Return the columns of the table's references to the owner, or to what the row is a part of."""
    own = [each for each in design.bindings.relationships if each.table == table.name and not each.association]
    said = {(each.source, each.name): each for each in design.spec.relationships} if own else {}
    found: list[str] = []
    for binding in own:
        relationship = said.get((binding.source, binding.relationship))
        if relationship is not None and (relationship.owner if owner else relationship.composition):
            found += binding.columns
    return found


def _fixed_columns(table: Table, design: Design, entity: str) -> list[str]:
    """Return the columns that are not changed after creation."""
    found = _reference_columns(table, design, owner=False)
    for rule in design.spec.invariants:
        if isinstance(rule, AppendOnly) and rule.entity == entity:
            bound = (design.bindings.attribute(entity, name) for name in rule.attributes)
            found += [each.column for each in bound if each is not None and each.column]
            found += [column.name for column in table.columns] if not rule.attributes else []
    return found


def _stores_text(column: Column) -> bool:
    return column.type in ("text", "text[]")


def _enum(class_name: str, name: str, attribute: Attribute) -> EnumPlan | None:
    """Return the enum class of an attribute."""
    values = attribute.type.values
    if not values:
        return None
    title = attribute.description or f"The values of {attribute.name.replace('_', ' ')}"
    return enum_plan(names.type_name(class_name, name), values, title)


def enum_plan(name: str, values: tuple[str, ...], docstring: str) -> EnumPlan:
    """Return an enum class for stored values."""
    members = names.distinct(names.member(value) for value in values)
    return EnumPlan(name=name, members=tuple(zip(members, values, strict=True)), docstring=docstring)
