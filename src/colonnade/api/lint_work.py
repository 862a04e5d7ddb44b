"""What a run of lint has to do: histories of SQL files and of revisions, each with what of it is reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.api.changed_files import content_at
from colonnade.api.history_processes import site_of
from colonnade.api.migration_trials import Options, script_migrations
from colonnade.api.migrations import ScriptFile, script_histories
from colonnade.api.revisions import HistoryReview, revision_migrations
from colonnade.api.servers import pending_server
from colonnade.errors import InputError
from colonnade.models.history import HistorySite, history_site
from colonnade.postgres import Server
from colonnade.review.plan.migration import Migration


@dataclass(frozen=True, slots=True, kw_only=True)
class LintWork:
    """Histories of SQL files, and of revisions."""

    scripts: tuple[tuple[ScriptFile, ...], ...]
    histories: tuple[HistoryReview, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is reviewed."""
        files = any(file.reviewed for history in self.scripts for file in history)
        return not files and not any(history.reviewed for history in self.histories)


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
    for path in paths:
        site = site_of(path)
        if site is None:
            scripts.append(path)
            continue
        whole = path.is_dir() or path.suffix == ".ini"
        files = {each.resolve() for each in _files(site)} if whole else {path.resolve()}
        reviewed.setdefault(site, set()).update(files if changed is None else files & changed)
    released = (lambda path: content_at(since, path)) if since else None
    return LintWork(
        scripts=script_histories(scripts, changed=changed),
        histories=tuple(
            HistoryReview(site=site, reviewed=frozenset(files), released=released) for site, files in reviewed.items()
        ),
    )


def migrations_of(work: LintWork, options: Options) -> Iterator[Migration]:
    """Yield the reviewed migrations of all histories, each with what is known of it."""
    if options.offline or work.is_nothing:
        yield from _all(work, None, options)
        return
    with pending_server(options.postgres_url) as pending:
        yield from _all(work, pending.ready(), options)


def _all(work: LintWork, server: Server | None, options: Options) -> Iterator[Migration]:
    for files in work.scripts:
        if any(each.reviewed for each in files):
            yield from script_migrations(files, server, options)
    for history in work.histories:
        if history.reviewed:
            yield from revision_migrations(history, server, options)
