"""`prove`: what a design, a script, models or a database claims, tried on a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from colonnade.api import output_folder
from colonnade.api.cache import cache_folder
from colonnade.api.files import source_addresses
from colonnade.api.given import shown
from colonnade.api.results import ProveResult
from colonnade.api.servers import pending_server
from colonnade.api.sources import subject
from colonnade.models import DEFAULT_TIMEOUT_SECONDS
from colonnade.prove.run import prove as try_claims
from colonnade.report.html import html as page
from colonnade.spec.read import read


def prove(
    source: str,
    *,
    patterns: Sequence[Path] = (),
    answers: Path | None = None,
    rows: int | None = None,
    postgres_url: str | None = None,
    models_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    html: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> ProveResult:
    """Prove a folder made by `design`, a `.sql` file, a package or file of models, or a database.

    A database is only read; what it claims is tried on a copy of its schema without its data. `patterns` are specs
    whose access patterns, rules and operations the source should serve; for a folder they replace the spec it was
    designed from. `models_seconds` bounds the import of models and each thing asked of them. `html` is a file for the
    report as a page, written whole or not at all. Raises InputError for a source that is none of these, or that
    cannot be read.
    """
    started = time.perf_counter()
    if html is not None:
        output_folder.check_file_writable(html)
    name = shown(source)
    spec = read(patterns, answers=answers) if patterns else None
    progress(f"reading {name}")
    with (
        pending_server(postgres_url) as pending,
        subject(source, spec, pending=pending, seconds=models_seconds) as found,
    ):
        proof = try_claims(
            found.design,
            server=pending.ready,
            script=found.script,
            source=found.source,
            models=found.models,
            rows=rows,
            progress=progress,
        )
    if html is not None:
        addresses = source_addresses(found.design.spec.sources, html.parent)
        output_folder.write_file(html, page(found.design, proof, addresses=addresses, cache=cache_folder()))
    elapsed_ms = (time.perf_counter() - started) * 1000
    return ProveResult(design=found.design, proof=proof, source=name, elapsed_ms=elapsed_ms)
