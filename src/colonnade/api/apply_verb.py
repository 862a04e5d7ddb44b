"""`migrate apply` and `migrate down`: a history taken on, or back, on a database that matters."""

from __future__ import annotations

from collections.abc import Callable

from colonnade.api.applying.guards import Consent
from colonnade.api.applying.site import Destination, opened
from colonnade.api.applying.working import Errand, run_errand
from colonnade.migrate.runs.result import ApplyResult

DEFAULT_WAIT_SECONDS = 60.0
_NO_CONSENT = Consent()


def migrate_apply(
    revision: str | None = None,
    *,
    at: Destination,
    consent: Consent = _NO_CONSENT,
    dry_run: bool = False,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> ApplyResult:
    """Take a database on to a revision (its name or beginning, `+2`, a branch; else the head), as it was rehearsed.

    Nothing is run where the database, the files or the evidence are not those of the rehearsal, or where the
    environment does not allow it: that is returned. `dry_run` only prints. Other appliers, and locks on tables, are
    waited for `wait_seconds`. `postgres_url` is a server for scratch databases. Raises InputError for what cannot be
    asked for, and DatabaseError for a run that fails, which is recorded in the database.
    """
    with opened(at, postgres_url, progress) as site:
        errand = Errand(
            direction="up", revision=revision or "head", consent=consent, dry_run=dry_run, wait_seconds=wait_seconds
        )
        return run_errand(site, errand)


def migrate_down(
    revision: str | None = None,
    *,
    at: Destination,
    consent: Consent = _NO_CONSENT,
    dry_run: bool = False,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    postgres_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> ApplyResult:
    """Take a database back to a revision (its name or beginning, `base`; else `-1`), by the way that is written.

    The same is asked before as by `migrate_apply`, with the same errors.
    """
    with opened(at, postgres_url, progress) as site:
        errand = Errand(
            direction="down", revision=revision or "-1", consent=consent, dry_run=dry_run, wait_seconds=wait_seconds
        )
        return run_errand(site, errand)
