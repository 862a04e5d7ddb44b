"""Every rule, found by where it stands: a class with a code in a module of `review/rules/<family>/`."""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from typing import Any, TypeGuard

from colonnade.errors import InputError
from colonnade.review import rules
from colonnade.review.rule import Rule

AnyRule = Rule[Any]


@functools.cache
def all_rules() -> tuple[AnyRule, ...]:
    """Return every rule, sorted by code."""
    found: dict[str, AnyRule] = {}
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        if module.ispkg:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name and _is_rule(value):
                assert value.code not in found, f"two rules are called {value.code}"  # noqa: S101 - a fault of ours
                found[value.code] = value()
    return tuple(found[code] for code in sorted(found))


def rule_of(code: str) -> AnyRule:
    """Return the rule with a code or name; raises InputError with the nearest one when there is none."""
    known = {rule.code: rule for rule in all_rules()} | {rule.name: rule for rule in all_rules()}
    wanted = code.upper() if code.upper() in known else code.lower()
    if wanted not in known:
        near = difflib.get_close_matches(code.upper(), known, n=1) or difflib.get_close_matches(code, known, n=1)
        hint = f'Do you mean "{near[0]}"? ' if near else ""
        raise InputError(f'there is no rule "{code}"', hint=f"{hint}See: colonnade rules.")
    return known[wanted]


def _is_rule(value: type) -> TypeGuard[type[AnyRule]]:
    return issubclass(value, Rule) and not inspect.isabstract(value)
