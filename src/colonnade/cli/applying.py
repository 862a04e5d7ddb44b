"""Commands about a database that matters: `migrate apply`, `migrate status`, `migrate down`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colonnade import api
from colonnade.cli.printing import FOUND, Format, FormatOption, console, print_json
from colonnade.cli.progress import steps

if TYPE_CHECKING:
    from colonnade.migrate.runs.result import ApplyResult

UrlOption = Annotated[str, typer.Option("--url", help="The database: postgresql://user@host/database.")]
EnvironmentOption = Annotated[
    str, typer.Option("--environment", help="An environment of pyproject.toml, with its url and its policy.")
]
HistoryOption = Annotated[
    Path | None, typer.Option("--history", help="An alembic.ini or its folder, or a folder of SQL files.")
]
RehearsalOption = Annotated[Path | None, typer.Option("--rehearsal", help="The rehearsal.json that allows it.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print the SQL, and run nothing.")]
LossOption = Annotated[bool, typer.Option("--allow-data-loss", help="Run it also when content is lost for good.")]
DriftOption = Annotated[bool, typer.Option("--allow-drift", help="Run it also on a database that is not as expected.")]
ApprovedOption = Annotated[str, typer.Option("--approved-by", help="Who has approved it; it is recorded.")]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="How many seconds to wait for locks of others.")]


def apply(  # noqa: PLR0913, PLR0917 - the options of the command
    revision: Annotated[
        str | None, typer.Argument(help="Where to go: a revision, +1, a branch; else the head.")
    ] = None,
    url: UrlOption = "",
    environment: EnvironmentOption = "",
    history: HistoryOption = None,
    rehearsal: RehearsalOption = None,
    dry_run: DryRunOption = False,
    allow_data_loss: LossOption = False,
    allow_drift: DriftOption = False,
    approved_by: ApprovedOption = "",
    wait: WaitOption = 60.0,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
) -> None:
    """Run the pending migrations on a database, if they are those that were rehearsed and it is as expected."""
    with steps(quiet=format is Format.json) as progress:
        result = api.migrate_apply(
            revision,
            at=api.Destination(url=url, environment=environment, history=history),
            consent=api.Consent(
                rehearsal=rehearsal,
                allow_data_loss=allow_data_loss,
                allow_drift=allow_drift,
                approved_by=approved_by,
            ),
            dry_run=dry_run,
            wait_seconds=wait,
            progress=progress,
        )
    _show(result, format)


def down(  # noqa: PLR0913, PLR0917 - the options of the command
    revision: Annotated[str | None, typer.Argument(help="Where to go back to: a revision, base, -2; else -1.")] = None,
    url: UrlOption = "",
    environment: EnvironmentOption = "",
    history: HistoryOption = None,
    rehearsal: RehearsalOption = None,
    dry_run: DryRunOption = False,
    allow_data_loss: LossOption = False,
    allow_drift: DriftOption = False,
    approved_by: ApprovedOption = "",
    wait: WaitOption = 60.0,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
) -> None:
    """Take migrations back on a database, by the way that is written for it."""
    if revision and revision.startswith("-") and not re.fullmatch(r"-\d+", revision):
        raise typer.BadParameter(f"No such option: {revision}")  # an argument like -1 keeps it from being seen before
    with steps(quiet=format is Format.json) as progress:
        result = api.migrate_down(
            revision,
            at=api.Destination(url=url, environment=environment, history=history),
            consent=api.Consent(
                rehearsal=rehearsal,
                allow_data_loss=allow_data_loss,
                allow_drift=allow_drift,
                approved_by=approved_by,
            ),
            dry_run=dry_run,
            wait_seconds=wait,
            progress=progress,
        )
    _show(result, format)


def status(
    url: UrlOption = "",
    environment: EnvironmentOption = "",
    history: HistoryOption = None,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 also when something is found.")] = False,
) -> None:
    """Tell where a database stands in a history, what is pending, and what is not as it should be."""
    with steps(quiet=format is Format.json) as progress:
        result = api.migrate_status(
            at=api.Destination(url=url, environment=environment, history=history), progress=progress
        )
    from colonnade.report import applying

    if format is Format.json:
        print_json(applying.status_as_json(result))
    else:
        applying.print_status(console(), result)
    if result.found and not exit_zero:
        raise typer.Exit(FOUND)


def _show(result: ApplyResult, format: Format) -> None:  # noqa: A002 - the option's name
    from colonnade.report import applying

    if format is Format.json:
        print_json(applying.apply_as_json(result))
    else:
        applying.print_apply(console(), result)
    if result.found:
        raise typer.Exit(FOUND)
