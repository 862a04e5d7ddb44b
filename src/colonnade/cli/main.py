"""Commands: one for each verb of `colonnade.api`, with the exit codes 0, 1 and 2."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colonnade import __version__, api
from colonnade.cli import applying, branching, diagnosing, initialising, migrating, rehearsing, reviewing
from colonnade.cli.printing import FOUND, Format, FormatOption, console, print_json
from colonnade.cli.progress import steps
from colonnade.cli.stopping import UNABLE, Interrupted, fail, was_stopped
from colonnade.errors import ColonnadeError

if TYPE_CHECKING:
    from colonnade.api.workers import Workers

# Values live until the end and few are in cycles; searching for those as often as usual takes a tenth of the time.
_ALLOCATIONS_PER_SEARCH = 20_000

app = typer.Typer(
    name="colonnade",
    help="Design a Postgres schema from specs, write it as SQLModel code, and prove every claim.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # locals hold connection strings
    rich_markup_mode=None,
)


class ScriptFormat(StrEnum):
    """How a change is printed."""

    text = "text"
    sql = "sql"
    json = "json"


_SOURCE = (
    "A folder made by design, a spec, a .sql file, a package or file of models, a postgresql:// URL,"
    " which is only read, a branch (branch:NAME), or empty."
)
OutOption = Annotated[Path, typer.Option("--out", help="The folder to write.", show_default=False)]
AnswersOption = Annotated[Path | None, typer.Option("--answers", help="A YAML or JSON file of question id: answer.")]
RowsOption = Annotated[
    int | None, typer.Option("--rows", min=1, help="Plan with this many rows in the largest table instead.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Also write the report as one self-contained page.", show_default=False)
]
ExitZeroOption = Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 also when claims are refuted.")]


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"colonnade {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # Typer calls back before the command runs
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Design a Postgres schema from specs, write it as SQLModel code, and prove every claim."""


@app.command()
def design(
    specs: Annotated[list[Path], typer.Argument(help="Spec files, OpenAPI documents, or folders of them.")],
    out: OutOption,
    answers: AnswersOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
    no_prove: Annotated[bool, typer.Option("--no-prove", help="Write without proving.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that were edited.")] = False,
    rows: RowsOption = None,
    exit_zero: ExitZeroOption = False,
) -> None:
    """Turn specs into a schema, its reasons, SQLModel code and a proof."""
    with ExitStack() as stack:
        proving: bool | Workers = False
        if not no_prove:
            from colonnade.api.workers import workers

            proving = stack.enter_context(workers())  # they start while we import the rest
        progress = stack.enter_context(steps(quiet=format is Format.json))
        result = api.design(specs, out=out, answers=answers, prove=proving, force=force, rows=rows, progress=progress)
    from colonnade.report import machine, text

    if format is Format.json:
        print_json(
            machine.design_as_json(
                result.design,
                result.proof,
                out=str(result.out),
                files=result.files,
                changed=result.changed,
                elapsed_ms=result.elapsed_ms,
            )
        )
    else:
        text.print_design(
            console(),
            result.design,
            result.proof,
            out=str(result.out),
            changed=result.changed,
            elapsed_ms=result.elapsed_ms,
        )
    if result.proof and result.proof.refuted and not exit_zero:
        raise typer.Exit(FOUND)


@app.command()
def prove(
    source: Annotated[
        str, typer.Argument(help="A folder made by design, a .sql file, models, a postgresql:// URL, or branch:NAME.")
    ],
    patterns: Annotated[
        list[Path] | None, typer.Option("--patterns", help="A spec with the access patterns to prove; repeatable.")
    ] = None,
    answers: AnswersOption = None,
    format: FormatOption = Format.text,  # noqa: A002  # the option's name
    rows: RowsOption = None,
    html: HtmlOption = None,
    exit_zero: ExitZeroOption = False,
) -> None:
    """Prove what a design, a script, models or a database claims."""
    with steps(quiet=format is Format.json) as progress:
        result = api.prove(source, patterns=patterns or (), answers=answers, rows=rows, html=html, progress=progress)
    from colonnade.report import machine, text

    if format is Format.json:
        print_json(machine.prove_as_json(result.proof, source=result.source, elapsed_ms=result.elapsed_ms))
    else:
        text.print_result_of_prove(
            console(), result.proof, page=str(html) if html else "", elapsed_ms=result.elapsed_ms
        )
    if result.proof.refuted and not exit_zero:
        raise typer.Exit(FOUND)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="FROM", help=_SOURCE)],
    after: Annotated[str, typer.Argument(metavar="TO", help="The same, for what it is to become.")],
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", help="public.t.x=public.t.y keeps the content of a column or table; repeatable."),
    ] = None,
    format: Annotated[ScriptFormat, typer.Option("--format", help="sql runs as it stands through psql.")] = (  # noqa: A002
        ScriptFormat.text
    ),
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 also when they differ.")] = False,
) -> None:
    """Compare two schemas, and write the statements that make the first like the second."""
    with steps(quiet=format is not ScriptFormat.text) as progress:
        result = api.diff(before, after, renames=rename or (), progress=progress)
    from colonnade.report import changes

    if format is ScriptFormat.json:
        print_json(
            changes.diff_as_json(
                result.steps,
                result.proposals,
                result.left_alone,
                unsaid=result.unsaid,
                before=result.before,
                after=result.after,
                sql=result.sql,
                elapsed_ms=result.elapsed_ms,
            )
        )
    elif format is ScriptFormat.sql:
        typer.echo(result.sql, nl=False)
    else:
        changes.print_diff(
            console(),
            result.steps,
            result.proposals,
            result.left_alone,
            unsaid=result.unsaid,
            before=result.before,
            after=result.after,
            elapsed_ms=result.elapsed_ms,
        )
    if result.steps and not exit_zero:
        raise typer.Exit(FOUND)


app.command()(diagnosing.doctor)
app.command()(initialising.init)
app.command()(reviewing.rules)
app.command()(reviewing.explain)
migrate = typer.Typer(name="migrate", help="Work with migrations.", no_args_is_help=True, rich_markup_mode=None)
migrate.command()(reviewing.lint)
migrate.command()(migrating.new)
migrate.command()(rehearsing.rehearse)
migrate.command()(applying.apply)
migrate.command()(applying.status)
migrate.command(context_settings={"ignore_unknown_options": True})(applying.down)  # -1 is none
app.add_typer(migrate)
app.add_typer(branching.branch)


def run() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_ALLOCATIONS_PER_SEARCH)
    try:
        code = app(standalone_mode=False)
    except ColonnadeError as error:
        fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNABLE)
    except (typer.Abort, EOFError):
        fail("stopped")
    except Exception as error:  # the last resort of a face
        if was_stopped():
            raise Interrupted from error
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            fail(error.format_message() + "\n  hint: See colonnade --help.")
        if os.environ.get("COLONNADE_TRACEBACK"):
            traceback.print_exc()
        place = traceback.extract_tb(error.__traceback__)[-1]
        fail(
            f"internal error: {type(error).__name__}: {error}\n"
            f"  detail: At {Path(place.filename).name}:{place.lineno}. This is a bug of ours.\n"
            "  hint: Run again with COLONNADE_TRACEBACK=1 and report what is printed."
        )
    sys.exit(code if isinstance(code, int) else 0)
