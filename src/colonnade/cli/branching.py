"""Commands about branches: `branch …`."""

from __future__ import annotations

import contextlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from colonnade import api
from colonnade.cli.printing import FOUND, Format, FormatOption, console, print_json
from colonnade.cli.progress import steps
from colonnade.cli.stopping import Interrupted

if TYPE_CHECKING:
    from colonnade.api import BranchesResult, BranchResult

branch = typer.Typer(
    name="branch", help="Work with branches of databases.", no_args_is_help=True, rich_markup_mode=None
)


class Provider(StrEnum):
    """Where branches are kept."""

    local = "local"
    neon = "neon"


ProviderOption = Annotated[
    Provider | None,
    typer.Option("--provider", help="Where: on this machine, or Neon (NEON_API_KEY, NEON_PROJECT_ID)."),
]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The folder of local branches; else COLONNADE_HOME, or below your home.")
]
NameArgument = Annotated[str, typer.Argument(metavar="BRANCH", help="A branch by its name or id.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="End connections that keep a local database from being copied.")
]


@branch.command()
def create(  # noqa: PLR0913, PLR0917 - each is an option
    name: Annotated[str, typer.Argument(metavar="BRANCH", help="The name of the new branch.")],
    parent: Annotated[str | None, typer.Option("--parent", help="The branch it is made of; else the default.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="A time or LSN in the parent's history (Neon).")] = None,
    schema_only: Annotated[
        bool, typer.Option("--schema-only", help="Copy tables and statistics without a row.")
    ] = False,
    expires: Annotated[
        str | None, typer.Option("--expires", help="How long it lives (12h, 7d), or until when.")
    ] = None,
    protected: Annotated[bool, typer.Option("--protected", help="Keep it from being reset and deleted.")] = False,
    force: ForceOption = False,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Make a branch."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_create(
            name,
            parent=parent,
            at=at,
            schema_only=schema_only,
            expires=expires,
            protected=protected,
            force=force,
            provider=provider,
            home=home,
            progress=progress,
        )
    _print_one("create", result, format, did="made")


@branch.command("list")
def list_(
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """List the branches."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_list(provider=provider, home=home, progress=progress)
    _print_several("list", result, format)


@branch.command()
def show(
    name: NameArgument,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Show one branch."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_show(name, provider=provider, home=home, progress=progress)
    _print_one("show", result, format)


@branch.command()
def delete(
    name: NameArgument,
    children: Annotated[bool, typer.Option("--children", help="Delete what was made of it first.")] = False,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Delete a branch and the databases in it."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_delete(name, children=children, provider=provider, home=home, progress=progress)
    _print_several("delete", result, format)


@branch.command()
def reset(
    name: NameArgument,
    force: ForceOption = False,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Make a branch what its parent is now; its URL stays."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_reset(name, force=force, provider=provider, home=home, progress=progress)
    _print_one("reset", result, format, did="reset")


@branch.command()
def restore(
    name: NameArgument,
    source: Annotated[str | None, typer.Option("--from", help="The branch it becomes like.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="A time or LSN in the source's history (Neon).")] = None,
    keep_as: Annotated[str | None, typer.Option("--keep-as", help="Keep what it was as a branch of this name.")] = None,
    force: ForceOption = False,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Make a branch what another branch is, or what it was itself; its URL stays."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_restore(
            name,
            source=source,
            at=at,
            keep_as=keep_as,
            force=force,
            provider=provider,
            home=home,
            progress=progress,
        )
    _print_one("restore", result, format, did="restored")


@branch.command()
def expire(
    name: NameArgument,
    expires: Annotated[
        str | None, typer.Option("--expires", help="How long from now (12h, 7d), or until when; else never.")
    ] = None,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Say when a branch ends, 30 days from now at the latest."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_expire(name, expires=expires, provider=provider, home=home, progress=progress)
    _print_one("expire", result, format, did="set to end" if expires else "set to stay")


@branch.command()
def prune(
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Delete the branches whose time is over."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_prune(provider=provider, home=home, progress=progress)
    _print_several("prune", result, format)


@branch.command()
def url(
    name: NameArgument,
    database: Annotated[str | None, typer.Option("--database", help="A database of the branch.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="Who connects; else the owner of the database.")] = None,
    pooled: Annotated[bool, typer.Option("--pooled", help="Through Neon's pooler.")] = False,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
) -> None:
    """Print the URL of a branch, with its password and nothing else."""
    with steps(quiet=True) as progress:
        result = api.branch_url(
            name, database=database, role=role, pooled=pooled, provider=provider, home=home, progress=progress
        )
    if format is Format.json:
        print_json({"verb": "branch url", "provider": result.provider, "branch": result.branch, "url": result.dsn.url})
    else:
        typer.echo(result.dsn.url)


@branch.command()
def diff(
    name: NameArgument,
    against: Annotated[str | None, typer.Option("--against", help="Another branch; else its parent.")] = None,
    database: Annotated[str | None, typer.Option("--database", help="Which database of the branches.")] = None,
    provider: ProviderOption = None,
    home: HomeOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 also when they differ.")] = False,
) -> None:
    """Show what makes the schema of the parent, or of another branch, like that of this one."""
    with steps(quiet=format is Format.json) as progress:
        result = api.branch_diff(
            name, against=against, database=database, provider=provider, home=home, progress=progress
        )
    from colonnade.report import changes

    made = result.diff
    parts = made.steps, made.proposals, made.left_alone
    around: dict[str, Any] = {
        "unsaid": made.unsaid,
        "before": result.against,
        "after": result.branch,
        "elapsed_ms": made.elapsed_ms,
    }
    if format is Format.json:
        shown = changes.diff_as_json(*parts, sql=made.sql, **around)
        print_json({**shown, "verb": "branch diff", "provider": result.provider})
    else:
        changes.print_diff(console(), *parts, **around)
    if made.steps and not exit_zero:
        raise typer.Exit(FOUND)


@branch.command()
def stop(home: HomeOption = None, format: FormatOption = Format.text) -> None:  # noqa: A002  # the option's name
    """Stop the server of the local branches; what is in them stays."""
    result = api.branch_stop(home=home)
    if format is Format.json:
        print_json({"verb": "branch stop", "home": result.home, "stopped": result.stopped})
    else:
        typer.echo(f"the server in {result.home} {'has stopped' if result.stopped else 'was not running'}")


@branch.command()
def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 for any free port.")] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", help="KIND=PROBABILITY of something to go wrong on purpose; repeatable."),
    ] = None,
    fault_seed: Annotated[int, typer.Option("--fault-seed", help="The same seed, the same faults.")] = 0,
    api_key: Annotated[
        str | None, typer.Option("--api-key", envvar="COLONNADE_SERVE_KEY", help="The only key let in; else any is.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Speak Neon's API v2 on this machine, for tools that are made for Neon, until it is stopped."""

    def ready(base_url: str, project_id: str) -> None:
        typer.echo(f"listening on {base_url}, project {project_id}")
        sys.stdout.flush()

    with contextlib.suppress(Interrupted):  # being stopped is how it ends
        api.branch_serve(port=port, faults=fault or (), fault_seed=fault_seed, api_key=api_key, home=home, ready=ready)


def _print_one(verb: str, result: BranchResult, format: Format, *, did: str = "") -> None:  # noqa: A002
    from colonnade.api.branch_providers import now
    from colonnade.report import branches

    if format is Format.json:
        print_json(
            branches.one_as_json(
                f"branch {verb}", result.branch, provider=result.provider, elapsed_ms=result.elapsed_ms
            )
        )
    else:
        branches.print_branch(console(), result.branch, did=did, elapsed_ms=result.elapsed_ms, now=now())


def _print_several(verb: str, result: BranchesResult, format: Format) -> None:  # noqa: A002
    from colonnade.api.branch_providers import now
    from colonnade.report import branches

    if format is Format.json:
        print_json(
            branches.several_as_json(
                f"branch {verb}", result.branches, provider=result.provider, elapsed_ms=result.elapsed_ms
            )
        )
    elif verb == "list":
        branches.print_branches(console(), result.branches, now=now())
    else:
        branches.print_deleted(console(), result.branches)
