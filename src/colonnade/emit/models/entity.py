"""The module of one table: its enums, types, and the classes for rows, requests and responses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.emit.models.code import Call, Keyword, Node, Text, call, printed
from colonnade.emit.models.declarations import class_lines, declaration, field_lines
from colonnade.emit.models.imports import import_lines
from colonnade.emit.models.plan import EnumPlan, FieldPlan, ModelPlan, PackagePlan, PasswordPlan
from colonnade.emit.models.table_args import generated_column, identity_column, sql_text, table_args
from colonnade.emit.models.text import block
from colonnade.sql.identifier import words

_VOWEL_SOUND = re.compile(r"(?!u[bcdfghjklmnpqrstvwxyz][aeiou]|eu|one)[aeiou]|hour|honest|heir")


def entity_module(model: ModelPlan, package: PackagePlan) -> str:
    """Return the text of the module."""
    body: list[str] = []
    for enum in model.enums:
        body += ["", "", *enum_lines(enum)]
    if model.aliases:
        body += ["", ""] if model.enums else []
    for alias in model.aliases:
        body += printed(alias.type, before=f"{alias.name} = ")
    for lines in _classes(model):
        body += ["", "", *lines]
    while body and not body[0]:
        del body[0]
    local = {
        "Model": "base",
        "TextEnum": "base",
        "PostgresType": "base",
        "stored_values": "base",
        "not_null": "base",
        "CitextArray": "base",
        "CAMEL_CASE": "base",
    }
    local |= {alias.name: "base" for alias in package.aliases}
    local |= {enum.name: "enums" for enum in package.enums}
    links = {each.link for each in model.relations if each.link and each.link != model.class_name}
    modules = {each.class_name: each.module for each in package.models}
    local |= {name: modules[name] for name in links}
    targets = {each.target for each in model.relations} - links - {model.class_name}
    heading = import_lines(body, local=local, typing_only={name: modules[name] for name in targets})
    gap = [""] if model.aliases and not model.enums else ["", ""]
    return "\n".join([*block(_title(model), indent=0), "", *heading, *gap, *body]) + "\n"


def enum_lines(enum: EnumPlan) -> list[str]:
    """Return the lines of an enum class."""
    lines = [*class_lines(enum.name, ("StrEnum",), enum.docstring), ""]
    for name, value in enum.members:
        lines += printed(Text(value), indent=1, before=f"{name} = ")
    return lines


def _classes(model: ModelPlan) -> Iterator[list[str]]:
    """Give the lines of each class."""
    base = [field for field in model.by_rank if model.in_base(field) and not model.table.external]
    parent = f"{model.class_name}Base" if base else "Model"
    if base:
        lines = [line for field in base for line in _shared_field(field)]
        yield _class(parent, "Model", f"What requests and responses say of {_noun(model)}", lines)
    yield _table_class(model, parent)
    if model.table.external:
        return
    spelled = ["    model_config = CAMEL_CASE", ""] if model.camel_case else []
    for suffix, above, title, lines in _bodies(model, parent, _noun(model)):
        if lines or above != "Model":
            own = [*spelled, *lines] if lines else spelled[:1]
            yield _class(f"{model.class_name}{suffix}", above, title, own)


def _bodies(model: ModelPlan, parent: str, noun: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Give each class of a request or response: its suffix, its parent, what it is, and the lines of its fields."""
    fields = model.by_rank
    own = [each for each in fields if not model.in_base(each)]
    created = [line for each in own if each.create for line in _request_field(each, model)]
    created += [line for each in model.passwords if each.create for line in _password(each, required=True)]
    yield "Create", parent, f"What a request says to create {noun}", created
    changed = [line for each in fields if each.update for line in _change_field(each, model)]
    changed += [line for each in model.passwords if each.update for line in _password(each, required=False)]
    changed += _given(model)
    partial = "; what it leaves out stays" if not all(each.update_requires for each in fields if each.update) else ""
    yield "Update", "Model", f"What a request may change of {noun}{partial}", changed
    shown = [line for each in own if each.public for line in _response_field(each, model)]
    yield "Public", parent, f"What a response shows of {noun}", shown


def _class(name: str, parent: str, docstring: str, lines: list[str]) -> list[str]:
    """Return a class of fields."""
    return [*class_lines(name, (parent,), docstring), *([""] if lines else []), *lines]


def _table_class(model: ModelPlan, parent: str) -> list[str]:
    """Return the lines of the class that maps the table."""
    lines = [*class_lines(model.class_name, (parent, "table=True"), _description(model)), ""]
    lines += printed(Text(model.table.name), indent=1, before="__tablename__ = ")
    arguments = table_args(model.table)
    if arguments is not None:
        lines += printed(arguments, indent=1, before="__table_args__ = ")
    lines += _mapper_args(model)
    lines.append("")
    lines += [line for field in model.fields for line in _column_field(field, model)]
    if model.relations:
        lines.append("")
    for each in model.relations:
        annotation = f'list["{each.target}"]' if each.many else f'"{each.target}"'
        annotation = f"Optional[{annotation}]" if each.optional else annotation
        lines += declaration(each.attribute, annotation, Call("Relationship", each.arguments))
    return lines


def _mapper_args(model: ModelPlan) -> list[str]:
    """Return the mapper's arguments of a table with an optimistic version."""
    if not model.version:
        return []
    by_server = ['            "version_id_generator": False,'] if model.server_version else []
    return [
        "",
        "    @declared_attr.directive",
        "    @classmethod",
        "    def __mapper_args__(cls) -> dict[str, Any]:",
        '        """Refuse a change of a row that somebody else has changed in the meantime."""',
        "        return {",
        '            "eager_defaults": True,',
        f'            "version_id_col": cls.{model.version},',
        *by_server,
        "        }",
    ]


def _column_field(field: FieldPlan, model: ModelPlan) -> list[str]:
    """Return a column of the table class."""
    column = field.column
    arguments: list[Node | Keyword] = [Text(column.name)] if field.renamed else []
    arguments.append(field.sql_type)
    if column.identity:
        arguments.append(identity_column(column))
    if column.generated is not None:
        arguments.append(generated_column(column))
    key = model.table.primary_key.columns if model.table.primary_key else ()
    if column.not_null and column.name not in key and not column.identity:
        arguments.append(Keyword("nullable", "False"))
    if key == (column.name,) and _would_count(field, model):
        arguments.append(Keyword("autoincrement", "False"))
    if column.default is not None:
        arguments.append(Keyword("server_default", call("sa.text", sql_text(column.default))))
    elif field.filled_by_trigger:
        arguments.append(Keyword("server_default", call("sa.FetchedValue")))
    if field.fetched:
        arguments.append(Keyword("server_onupdate", call("sa.FetchedValue")))
    if column.comment is not None:
        arguments.append(Keyword("comment", Text(column.comment)))
    settings = [*_default(field), Keyword("sa_column", Call("sa.Column", tuple(arguments)))]
    return field_lines(field.attribute, _annotation(field.annotation, optional=field.optional), settings)


def _would_count(field: FieldPlan, model: ModelPlan) -> bool:
    """Whether SQLAlchemy would make a serial of a key that somebody else gives."""
    held = {name for key in model.table.foreign_keys for name in key.columns}
    counts = field.column.type in ("bigint", "integer", "smallint")
    return counts and not field.filled and field.column.name not in held


def _shared_field(field: FieldPlan) -> list[str]:
    """Return a field of the base class."""
    return _said(field, _explained(field))


def _request_field(field: FieldPlan, model: ModelPlan) -> list[str]:
    """Return a field of the class for creation alone."""
    return _said(field, [*_alias(field, model), *_explained(field)])


def _said(field: FieldPlan, settings: list[Keyword]) -> list[str]:
    """Return what a request for creation says of a field: without a default where the contract requires it."""
    optional = not field.column.not_null if field.create_requires else field.optional
    default = [] if field.create_requires else _default(field)
    return field_lines(field.attribute, _annotation(field.annotation, optional=optional), [*default, *settings])


def _change_field(field: FieldPlan, model: ModelPlan) -> list[str]:
    """Return a field of the class for changes, where all is optional unless the contract requires it."""
    required = field.update_requires
    settings = [*([] if required else [Keyword("default", "None")]), *_alias(field, model)]
    optional = not (required and field.column.not_null)
    return field_lines(field.attribute, _annotation(field.annotation, optional=optional), settings)


def _given(model: ModelPlan) -> list[str]:
    """Return the lines that refuse a null for what a change may leave out, where the column has none."""
    said = [each for each in model.by_rank if each.update and each.column.not_null and not each.update_requires]
    names = [each.attribute for each in said if each.annotation != "Any"]
    names += [each.attribute for each in model.passwords if each.update]
    if not names:
        return []
    validator = Call("pydantic.field_validator", tuple(Text(name) for name in names))
    return ["", *printed(validator, indent=1, before="_not_null = ", after="(not_null)")]


def _response_field(field: FieldPlan, model: ModelPlan) -> list[str]:
    """Return a field of the class for responses alone."""
    optional = not field.column.not_null
    default = [Keyword("default", "None")] if optional else []
    # Only on the way out: a row is read by the attribute's own name.
    settings = [*default, *_alias(field, model, "serialization_alias"), *_explained(field)]
    return field_lines(field.attribute, _annotation(field.annotation, optional=optional), settings)


def _password(password: PasswordPlan, *, required: bool) -> list[str]:
    """Return the plain password of a request; only its hash is stored."""
    settings = [] if required else [Keyword("default", "None")]
    return field_lines(password.attribute, _annotation(password.annotation, optional=not required), settings)


def _annotation(core: str, *, optional: bool) -> str:
    return f"{core} | None" if optional and core != "Any" else core


def _default(field: FieldPlan) -> list[Keyword]:
    """Return the default of a writer."""
    if field.default_factory:
        return [Keyword("default_factory", field.default_factory)]
    default = field.default or ("None" if field.optional else "")
    return [Keyword("default", default)] if default else []


def _alias(field: FieldPlan, model: ModelPlan, keyword: str = "alias") -> list[Keyword]:
    """Return the name in requests and responses, where it is not the attribute's."""
    alias = model.alias(field)
    return [Keyword(keyword, Text(alias))] if alias else []


def _explained(field: FieldPlan) -> list[Keyword]:
    """Return the spec's description."""
    text = " ".join(field.spec.description.split()) if field.spec is not None else ""
    return [Keyword("description", Text(text))] if text else []


def _title(model: ModelPlan) -> str:
    kind = "The table and its classes" if not model.table.external else "A table of another product"
    return f"{kind}: {model.table.name}"


def _description(model: ModelPlan) -> str:
    """Return what the table holds."""
    if model.table.external:
        return f"A row of {model.table.name}, which another product creates and keeps"
    text = model.entity.description if model.entity is not None else ""
    return text or f"A row of {model.table.name}"


def _noun(model: ModelPlan) -> str:
    """Return `a task`, `an article`."""
    noun = " ".join(words(model.class_name))
    return f"{'an' if _VOWEL_SOUND.match(noun) else 'a'} {noun}"
