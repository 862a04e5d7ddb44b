"""What the package promises: its public names, and one command for each verb."""

from __future__ import annotations

import inspect

import colonnade
from colonnade import api
from colonnade.cli.main import app


def verbs() -> set[str]:
    """Return the functions of the API."""
    return {name for name in api.__all__ if inspect.isfunction(getattr(api, name))}


def test_every_verb_is_a_command_of_the_same_name() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert commands == verbs()


def test_public_names_are_sorted_and_exist() -> None:
    for module in (colonnade, api):
        assert list(module.__all__) == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)


def test_options_of_a_verb_are_keyword_only_in_the_api() -> None:
    for name in verbs():
        parameters = list(inspect.signature(getattr(api, name)).parameters.values())
        sources = 2 if name == "diff" else 1
        assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in parameters[sources:])
