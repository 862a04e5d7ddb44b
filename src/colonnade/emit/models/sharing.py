"""Constrained types that several models use under one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from colonnade.emit.models import names
from colonnade.emit.models.code import flat
from colonnade.emit.models.plan import AliasPlan, ModelPlan


def share_types(models: Iterable[ModelPlan]) -> tuple[tuple[ModelPlan, ...], tuple[AliasPlan, ...]]:
    """Return the models, and the types that at least two of them have for an attribute of the same name.

    Such a type is called after the attribute alone (`Email` instead of `UserEmail` and `LeadEmail`).
    """
    every = tuple(models)
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for model in every:
        for alias in model.aliases:
            users[_short(model, alias), flat(alias.type)].append(alias.name)
    taken = set(names.RESERVED_CLASSES)
    for model in every:
        taken |= {model.class_name, *(enum.name for enum in model.enums), *(alias.name for alias in model.aliases)}
        taken |= {model.class_name + suffix for suffix in ("Base", "Create", "Update", "Public")}
        # Scripts without capitals spell a type as its attribute, which would hide it in the class that uses it.
        taken |= {field.attribute for field in model.fields} | {each.attribute for each in model.passwords}
    renamed: dict[str, str] = {}
    shared: list[AliasPlan] = []
    for model in every:
        for alias in model.aliases:
            short = _short(model, alias)
            own = users[short, flat(alias.type)]
            if len(own) > 1 and own[0] == alias.name and short not in taken:
                taken.add(short)
                shared.append(AliasPlan(name=short, type=alias.type))
                renamed |= dict.fromkeys(own, short)
    ordered = sorted(shared, key=lambda alias: names.sort_key(alias.name))
    return tuple(_renamed(model, renamed) for model in every), tuple(ordered)


def _short(model: ModelPlan, alias: AliasPlan) -> str:
    """Return the type's name without the model's."""
    return alias.name.removeprefix(model.class_name)


def _renamed(model: ModelPlan, renamed: dict[str, str]) -> ModelPlan:
    """Return the model with the shared types in place of its own."""
    return replace(
        model,
        aliases=tuple(alias for alias in model.aliases if alias.name not in renamed),
        fields=tuple(replace(each, annotation=renamed.get(each.annotation, each.annotation)) for each in model.fields),
        passwords=tuple(
            replace(each, annotation=renamed.get(each.annotation, each.annotation)) for each in model.passwords
        ),
    )
