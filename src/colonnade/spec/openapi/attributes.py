"""From a field to an attribute: its type, whether it may be absent, its default and its role."""

from __future__ import annotations

from colonnade.spec.counts import parse_count
from colonnade.spec.entities import Attribute, AttributeRole, ValueType
from colonnade.spec.openapi.derived import is_counter
from colonnade.spec.openapi.faces import FieldDraft
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.required import given_default, is_contradicted, is_required, server_default
from colonnade.spec.openapi.types import MONEY_PRECISION, is_money, value_type
from colonnade.spec.openapi.vocabulary import CREATED_NAMES, DELETED_NAMES, UPDATED_NAMES, VERSION_NAMES
from colonnade.sql.identifier import words


def attribute_of(model: Model, draft: EntityDraft, field: FieldDraft) -> Attribute:
    """Return the attribute that stores a field."""
    type_ = value_type(field.name, field.shape, model.shapes, limits=field.limits)
    type_ = _settled_type(model, draft, field, type_)
    role = role_of(field, type_)
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


def role_of(field: FieldDraft, type_: ValueType) -> AttributeRole:
    """Return the role that a field's name and use give it."""
    demanded = any(each.property.required for each in field.within("create"))
    if type_.base in ("timestamp", "date") and not demanded:
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
    hints = [hint for each in field.sights if (hint := each.property.schema.get("x-colonnade")) is not None]
    return next((name.text for hint in hints if (name := hint.get("name")) is not None), field.name)


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


def _settled_type(model: Model, draft: EntityDraft, field: FieldDraft, type_: ValueType) -> ValueType:
    """Return the type with what the answers about money and the length of texts say."""
    if type_.base == "decimal" and is_money(field.name) and type_.precision == MONEY_PRECISION:
        answer = model.questions.ask(
            "money",
            (draft.name, field.name),
            f"How exact is {draft.name}.{field.name}?",
            default=f"{MONEY_PRECISION},{type_.scale}",
            alternatives={
                f"{MONEY_PRECISION},{type_.scale}": "Four decimals keep what shares and taxes round.",
                "12,2": "Two decimals, as on an invoice.",
                "18,8": "Eight decimals, as for exchange rates and coins.",
            },
            at=field.at,
        )
        precision, _, scale = answer.partition(",")
        return type_.model_copy(update={"precision": int(precision), "scale": int(scale)})
    if type_.base == "text" and type_.max_length is None and not (type_.array or type_.pattern):
        answer = model.questions.ask(
            "text-limit",
            (model.name,),
            "How long may texts be for which the contract states no limit?",
            default="none",
            alternatives={
                "none": "Any length that Postgres stores.",
                "255": "A CHECK refuses longer text; any number will do.",
                "10000": "A CHECK refuses longer text.",
            },
            at=field.at,
        )
        limit = parse_count(answer)
        return type_.model_copy(update={"max_length": limit}) if limit else type_
    return type_
