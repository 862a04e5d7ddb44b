"""Commands that review: `migrate lint`, `rules` and `explain`."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from colonnade import api
from colonnade.cli.printing import FOUND, Format, FormatOption, console, print_json
from colonnade.cli.progress import steps


class FindingsFormat(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"
    gitlab = "gitlab"


class RulesFormat(StrEnum):
    """How the rules are printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


CodesOption = Annotated[list[str] | None, typer.Option(help="A code or the beginning of codes; repeatable.")]


def lint(  # noqa: PLR0913, PLR0917 - the options of the command
    paths: Annotated[list[Path], typer.Argument(help="SQL files, or folders of them.")],
    base: Annotated[
        str | None, typer.Option("--base", help="The schema before the first of them: any source that diff reads.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Review only what differs from this git revision.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Run nothing: only what the text alone can tell.")] = False,
    database: Annotated[
        str | None, typer.Option("--database", help="The database that they are for, for its sizes; only read.")
    ] = None,
    patterns: Annotated[
        list[Path] | None,
        typer.Option("--patterns", help="A spec whose access patterns say how the data is read; repeatable."),
    ] = None,
    single_transaction: Annotated[
        bool, typer.Option("--single-transaction", help="Each file is run as one transaction.")
    ] = False,
    select: CodesOption = None,
    ignore: CodesOption = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="Old findings, which are not printed.")] = None,
    record_baseline: Annotated[
        Path | None, typer.Option("--record-baseline", help="Write today's findings that may grow old to this file.")
    ] = None,
    configuration: Annotated[
        Path | None, typer.Option("--config", help="A pyproject.toml other than the next one above.")
    ] = None,
    format: Annotated[FindingsFormat, typer.Option("--format", help="How the findings are printed.")] = (  # noqa: A002
        FindingsFormat.text
    ),
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Leave with 0 also when something is found.")] = False,
) -> None:
    """Review migrations: what each statement locks, rewrites, loses or breaks."""
    with ExitStack() as stack:
        from colonnade.api.history_processes import history_processes

        histories = stack.enter_context(history_processes(paths))  # they start while we import the rest
        progress = stack.enter_context(steps(quiet=format is not FindingsFormat.text))
        choices = api.Choices(
            select=select or (),
            ignore=ignore or (),
            single_transaction=single_transaction,
            baseline=baseline,
            record_baseline=record_baseline,
            configuration=configuration,
        )
        result = api.migrate_lint(
            paths,
            base=base,
            since=since,
            offline=offline,
            database=database,
            patterns=patterns or (),
            choices=choices,
            histories=histories,
            progress=progress,
        )
    from colonnade.report import findings

    match format:
        case FindingsFormat.json:
            reviewed, elapsed = result.migrations, result.elapsed_ms
            print_json(
                findings.review_as_json(result.review, verb="migrate lint", reviewed=reviewed, elapsed_ms=elapsed)
            )
        case FindingsFormat.sarif:
            print_json(findings.sarif(result.review, api.rules().rules))
        case FindingsFormat.gitlab:
            print_json(findings.gitlab(result.review))
        case FindingsFormat.github:
            typer.echo(findings.github(result.review), nl=False)
        case FindingsFormat.text:
            count, elapsed = len(result.migrations), result.elapsed_ms
            findings.print_review(console(), result.review, reviewed=count, elapsed_ms=elapsed)
    if result.found and not exit_zero:
        raise typer.Exit(FOUND)


def rules(
    format: Annotated[RulesFormat, typer.Option("--format", help="markdown is the whole manual.")] = (  # noqa: A002
        RulesFormat.text
    ),
) -> None:
    """List every rule."""
    from colonnade.report import findings, rule_pages

    found = api.rules().rules
    if format is RulesFormat.json:
        print_json(findings.rules_as_json(found))
    elif format is RulesFormat.markdown:
        typer.echo(rule_pages.rules_markdown(found), nl=False)
    else:
        findings.print_rules(console(), found)


def explain(
    code: Annotated[str, typer.Argument(help="The code of a rule, or its name.")],
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
) -> None:
    """Print a rule's manual page: what it finds, why that matters, and what to do instead."""
    from colonnade.report import findings

    rule = api.explain(code).rule
    if format is Format.json:
        print_json(findings.explain_as_json(rule))
    else:
        findings.print_rule(console(), rule)
