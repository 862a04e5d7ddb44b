"""What a project says about reviews: its configuration, its suppressions, and its baseline."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from colonnade.api.texts import read_text
from colonnade.errors import InputError, OutputError
from colonnade.review import Answers, Configuration, Review, all_rules, configuration, suppressions
from colonnade.review.baseline import baseline_text, read_baseline
from colonnade.span import Span

_FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a caller chooses beside the configuration.

    `select` and `ignore` are codes or prefixes of codes that are added to the configured ones; `single_transaction`
    says that SQL files are run as a whole. `baseline` holds old findings, `record_baseline` is where today's are to be
    written that may grow old. `configuration` is a file in place of the next pyproject.toml above.
    """

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    single_transaction: bool = False
    baseline: Path | None = None
    record_baseline: Path | None = None
    configuration: Path | None = None


def lint_configuration(choices: Choices) -> tuple[Configuration, str]:
    """Return the configuration with what the caller adds, and the file that it stands in; empty where there is none."""
    found = choices.configuration or _nearest(Path.cwd())
    chosen = Configuration() if found is None else configuration(_document(found), path=str(found))
    changes = {
        "select": (*chosen.select, *_codes(choices.select)),
        "ignore": (*chosen.ignore, *_codes(choices.ignore)),
        "transaction": "file" if choices.single_transaction else chosen.transaction,
    }
    return chosen.model_copy(update=changes), str(found or "")


def answers_for(
    texts: Mapping[str, str],
    *,
    baseline: Path | None,
    configuration: Configuration,
    configuration_path: str,
    today: date,
) -> Answers:
    """Return what answers for findings in these sources."""
    place = baseline or (Path(configuration_path).parent / configuration.baseline if configuration.baseline else None)
    return Answers(
        today=today,
        suppressions=tuple(each for path, text in texts.items() for each in suppressions(text, path=path)),
        baseline=read_baseline(read_text(place), path=str(place)) if place else frozenset(),
        configuration_path=configuration_path,
    )


def record(path: Path, found: Review) -> None:
    """Write the findings that may grow old as a baseline; raises OutputError where that cannot be."""
    old = {rule.code for rule in all_rules() if rule.baselinable}
    text = baseline_text(each for each in found.findings if each.code in old)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f'cannot write "{path}"', detail=str(error.strerror)) from error


def _codes(given: Sequence[str]) -> tuple[str, ...]:
    """Return codes that may be given one by one or with commas between."""
    return tuple(code.strip().upper() for each in given for code in each.split(",") if code.strip())


def _nearest(folder: Path) -> Path | None:
    return next((each / _FILE for each in (folder, *folder.parents) if (each / _FILE).is_file()), None)


def _document(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f'"{path}" is no TOML', at=Span(path=str(path)), detail=f"{problem}.") from problem
