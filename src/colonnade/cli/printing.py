"""How every command prints its result."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

FOUND = 1


class Format(StrEnum):
    """How a result is printed."""

    text = "text"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How the result is printed.")]


def console() -> Any:
    """Return the console on stdout; a line is as long as it is where nobody looks on."""
    from rich.console import Console

    class _Closing(Console):
        """A console that leaves it to us what a closed output means; Rich would leave with the code for a finding."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return _Closing(soft_wrap=not sys.stdout.isatty(), highlight=False)


def print_json(value: dict[str, Any] | list[dict[str, Any]]) -> None:
    """Print a result for machines."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))
