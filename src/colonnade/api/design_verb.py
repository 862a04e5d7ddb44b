"""`design`: from specs to a folder with models, DDL, reasons and proof."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from colonnade.api import output_folder
from colonnade.api.files import design_files, proof_files
from colonnade.api.results import DesignResult
from colonnade.api.workers import Workers, workers
from colonnade.design import Design
from colonnade.design.designer import design as decide
from colonnade.prove import Proof
from colonnade.prove.run import prove as try_claims
from colonnade.spec.read import read

Progress = Callable[[str], None]


def design(
    sources: Sequence[Path],
    *,
    out: Path,
    answers: Path | None = None,
    prove: bool | Workers = True,
    force: bool = False,
    rows: int | None = None,
    postgres_url: str | None = None,
    progress: Progress = lambda _: None,
) -> DesignResult:
    """Design a schema for the specs, prove it, and write everything to `out`, whole or not at all.

    `rows` plans the access patterns with that many rows in the largest table instead of the declared volumes.
    `postgres_url` (else COLONNADE_POSTGRES_URL) names a server to prove on instead of the embedded one; `prove` may
    also be what the caller has started for it already, and ends. Raises SpecError for input that cannot be read,
    DesignError where no sound schema exists, OutputError for edited files without `force`, DatabaseError when the
    server fails.
    """
    started = time.perf_counter()
    output_folder.check_writable(out)
    progress(f"reading {', '.join(str(source) for source in sources)}")
    spec = read(sources, answers=answers)
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(workers(postgres_url)) if prove is True else prove
        progress(f"designing {spec.name}")
        designed = decide(spec)
        texts = design_files(designed)
        if not force:
            output_folder.check_unedited(out, texts)
        proof = _proof(designed, texts, running, rows=rows, progress=progress) if running else None
    texts |= proof_files(designed, proof, out=out)
    changed = output_folder.write(out, texts, force=force)
    return DesignResult(
        design=designed,
        proof=proof,
        out=out,
        files=tuple(sorted(texts)),
        changed=changed,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def _proof(
    designed: Design, texts: Mapping[str, str], running: Workers, *, rows: int | None, progress: Progress
) -> Proof:
    """Prove the texts as they will be written: the models are imported from a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="colonnade-models-") as folder:
        for name, text in texts.items():
            if name.startswith("models/"):
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        running.models.load(Path(folder, "models"))
        return try_claims(
            designed,
            server=running.server.ready,
            script=texts["schema.sql"],
            models=running.models,
            rows=rows,
            progress=progress,
        )
