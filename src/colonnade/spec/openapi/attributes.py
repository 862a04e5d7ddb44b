"""From a field to an attribute: its type, whether it may be absent, its default and its role."""

from __future__ import annotations

from colonnade.spec.entities import Attribute, AttributeRole, ValueType
from colonnade.spec.openapi.derived import is_counter
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.required import given_default, is_contradicted, is_required, server_default
from colonnade.spec.openapi.types import is_money, value_type
from colonnade.spec.openapi.vocabulary import CREATED_NAMES, DELETED_NAMES, UPDATED_NAMES, VERSION_NAMES
from colonnade.sql.identifier import words


def attribute_of(model: Model, draft: EntityDraft, field: FieldDraft) -> Attribute:
    """Return the attribute that stores a field."""
    type_ = value_type(field.name, field.shape, model.shapes, limits=field.limits)
    role = role_of(draft, field, type_)
    required = True if role in ("created", "updated", "version") else is_required(field, draft)
    default = given_default(field)
    reason = ""
    if role in ("created", "updated") and type_.base == "timestamp":
        default = None
    elif default is None and required and role == "plain":
        default = server_default(field, is_counter=is_counter(field))
        default = default if default is not None else _first_state(model, draft, field)
    if _is_unset(draft, field) and required and default is None and role == "plain":
        reason = "set by the server: answers show it, no request brings it"
    if not required and is_contradicted(field, draft):
        required = _asked_presence(model, draft, field)
    _ask_about_type(model, draft, field, type_)
    if type_.base == "enum" and default is not None and default not in type_.values:
        default = None
    return Attribute(
        name=_stored_name(field),
        type=type_,
        required=required,
        default=default,
        role=role,
        reason=reason,
        description=field.description,
        at=field.at,
    )


def role_of(draft: EntityDraft, field: FieldDraft, type_: ValueType) -> AttributeRole:
    """Return the role that a field's name and use give it."""
    if type_.base in ("timestamp", "date") and not field.within("create", "update"):
        if field.name in CREATED_NAMES:
            return "created"
        if field.name in UPDATED_NAMES:
            return "updated"
    if field.name in DELETED_NAMES and type_.base == "timestamp":
        return "deleted"
    echoed = field.reads and field.within("update") and not field.within("create")
    if field.name in VERSION_NAMES and type_.base == "integer" and echoed:
        return "version"
    return "plain"


def _stored_name(field: FieldDraft) -> str:
    hinted = next((name.text for hint in field.shape.hints if (name := hint.get("name")) is not None), "")
    return hinted or field.name


def _is_unset(draft: EntityDraft, field: FieldDraft) -> bool:
    return draft.is_created and not field.writes


def _first_state(model: Model, draft: EntityDraft, field: FieldDraft) -> str | None:
    """Return the state of a new row where the server sets it: the first that the contract lists, as a question."""
    values = tuple(str(each) for each in field.shape.values)
    if not values or not draft.is_created or field.within("create"):
        return None
    return model.questions.ask(
        "enum",
        (draft.name, field.name),
        f'In which state is a new {" ".join(words(draft.name))} by "{field.spelling}"? No request says it.',
        default=values[0],
        alternatives={each: f'A new row holds "{each}".' for each in values},
        at=field.at,
    )


def _asked_presence(model: Model, draft: EntityDraft, field: FieldDraft) -> bool:
    answer = model.questions.ask(
        "nullability",
        (draft.name, field.name),
        f'Answers promise "{field.spelling}" of {draft.name}, yet nothing sets it when a row is new. May it be absent?',
        default="nullable",
        alternatives={
            "nullable": "It is absent until an update sets it.",
            "required": "The application sets it when it adds the row.",
        },
        at=field.at,
    )
    return answer == "required"


def _ask_about_type(model: Model, draft: EntityDraft, field: FieldDraft, type_: ValueType) -> None:
    if type_.base == "decimal" and is_money(field.name) and type_.precision == 19 and type_.scale == 4:
        model.questions.ask(
            "money",
            (model.name,),
            "How exact are amounts of money, and in which currency?",
            default="numeric(19,4)",
            alternatives={
                "numeric(19,4)": "Four decimal places hold every currency and sub-cent prices.",
                "numeric(19,2)": "Two decimal places; a third is refused.",
                "bigint": "Whole minor units, such as cents; the application divides.",
            },
            at=field.at,
        )
    if type_.base == "text" and type_.max_length is None and not type_.array:
        model.questions.ask(
            "text-limit",
            (model.name,),
            "How long may texts be for which the contract states no limit?",
            default="none",
            alternatives={
                "none": "Any length; a later limit is one CHECK.",
                "255": "At most 255 characters.",
                "10000": "At most 10,000 characters.",
            },
            at=field.at,
        )
