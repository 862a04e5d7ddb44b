"""What a run of lint has to do: histories of SQL files and of revisions, each with what of it is reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.changed_files import content_at
from colonnade.api.history_processes import site_of
from colonnade.api.lint_options import Options
from colonnade.api.migrations import ScriptFile, script_histories
from colonnade.api.revision_readings import HistoryReview, revision_readings
from colonnade.api.script_readings import script_readings
from colonnade.api.servers import pending_server
from colonnade.errors import InputError
from colonnade.models.history import HistorySite, history_site
from colonnade.review.plan.migration import Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class LintWork:
    """Histories of SQL files, and of revisions; each `alembic.ini` that is reviewed with its history."""

    scripts: tuple[tuple[ScriptFile, ...], ...]
    histories: tuple[HistoryReview, ...]
    configurations: tuple[Path, ...]


def located(paths: Sequence[str | Path]) -> tuple[Path, ...]:
    """Return the files and folders that are named; what is none may be the id of a revision of the current folder."""
    return tuple(_located(Path(each)) for each in paths)


def _located(path: Path) -> Path:
    if path.exists():
        return path
    site = history_site(Path.cwd())
    found = [each for each in _files(site) if each.name.startswith(path.name)] if site else []
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f'"{path}" is the beginning of {len(found)} revisions', hint="Write more of it.")
    raise InputError(f'there is no "{path}"', hint="Check the spelling and the current folder.")


def _files(site: HistorySite) -> tuple[Path, ...]:
    """Return the files of all revisions, wherever below the scripts they are kept."""
    folders = [each for each in site.scripts.rglob("*.py") if each.name != "env.py" and "__pycache__" not in each.parts]
    return tuple(sorted(each for each in folders if _is_revision(each)))


def _is_revision(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return "down_revision" in text and "def upgrade" in text


def work_of(paths: Sequence[Path], *, changed: frozenset[Path] | None, since: str | None) -> LintWork:
    """Return what there is to do; raises InputError for what is no migration."""
    scripts: list[Path] = []
    reviewed: dict[HistorySite, set[Path]] = {}
    configurations: dict[Path, None] = {}
    for path in paths:
        site = site_of(path)
        if site is None:
            scripts.append(path)
            continue
        whole = path.is_dir() or path.suffix == ".ini"
        files = {each.resolve() for each in _files(site)} if whole else {path.resolve()}
        reviewed.setdefault(site, set()).update(files if changed is None else files & changed)
        if whole and site.configuration and (changed is None or site.configuration.resolve() in changed):
            configurations[site.configuration] = None
    released = (lambda path: content_at(since, path)) if since else None
    return LintWork(
        scripts=script_histories(scripts, changed=changed),
        histories=tuple(
            HistoryReview(site=site, reviewed=frozenset(files), released=released) for site, files in reviewed.items()
        ),
        configurations=tuple(configurations),
    )


def migrations_of(work: LintWork, options: Options) -> Iterator[Migration]:
    """Yield the reviewed migrations of all histories, each with what is known of it."""
    scripts = [files for files in work.scripts if any(each.reviewed for each in files)]
    histories = [history for history in work.histories if history.reviewed]
    if options.offline or not (scripts or histories):
        for files in scripts:
            yield from script_readings(files, options)
        for history in histories:
            yield from revision_readings(history, options)
        return
    # What builds any source on a server takes as long to import as to read hundreds of files.
    from colonnade.api.lint_trials import trials

    with pending_server(options.postgres_url) as pending:
        yield from trials(scripts, histories, pending.ready(), options)
