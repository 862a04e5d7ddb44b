"""What the package promises: its public names, and one command for each verb."""

from __future__ import annotations

import inspect

import typer

import colonnade
from colonnade import api, runtime, trace
from colonnade.cli.main import app


def verbs() -> set[str]:
    """Return the functions of the API."""
    return {name for name in api.__all__ if inspect.isfunction(getattr(api, name))}


def commands(group: typer.Typer, prefix: str = "") -> set[str]:
    """Return the commands of a group; those of groups within it begin with the group's name."""
    own = {prefix + (each.name or each.callback.__name__) for each in group.registered_commands if each.callback}
    inner = [
        (each.typer_instance, each.typer_instance.info.name) for each in group.registered_groups if each.typer_instance
    ]
    return own.union(*(commands(each, f"{prefix}{name}_") for each, name in inner))


def test_every_verb_is_a_command_of_the_same_name() -> None:
    assert commands(app) == verbs()


def test_public_names_are_sorted_and_exist() -> None:
    for module in (colonnade, api, runtime, trace):
        assert list(module.__all__) == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)


def test_options_of_a_verb_are_keyword_only_in_the_api() -> None:
    for name in verbs():
        parameters = list(inspect.signature(getattr(api, name)).parameters.values())
        sources = 2 if name == "diff" else 1
        assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in parameters[sources:])
