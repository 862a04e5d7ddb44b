"""A revision added to somebody's history."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from colonnade.errors import OutputError
from colonnade.models.history.messages import NewRevision, RevisionText, WrittenRevision
from colonnade.models.history.site import HistorySite
from colonnade.span import Span

_SECONDS = 60.0
_SHOWN = 2000


def write_revision(site: HistorySite, text: RevisionText, *, message: str) -> Path:
    """Add a revision after the head by the environment's own template; raises OutputError, and then nothing is left."""
    wanted = NewRevision(
        configuration=str(site.configuration or ""),
        scripts=str(site.scripts),
        message=message,
        imports=text.imports,
        upgrades=text.upgrades,
        downgrades=text.downgrades,
        helpers=text.helpers,
    )
    done = subprocess.run(
        [sys.executable, "-P", "-m", "colonnade.models.history.child.writing"],
        input=TypeAdapter(NewRevision).dump_json(wanted),
        capture_output=True,
        cwd=site.folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        timeout=_SECONDS,
        check=False,
    )
    try:
        written = TypeAdapter(WrittenRevision).validate_json(done.stdout)
    except ValidationError:
        said = done.stderr.decode(errors="replace").strip()[-_SHOWN:]
        raise OutputError(
            "the process that writes the revision ended", detail=said, hint="Look for a crash in the write hooks."
        ) from None
    if written.failure is not None:
        failure = written.failure
        raise OutputError(failure.message, detail=failure.detail, hint=written.hint, at=Span(path=failure.path))
    return Path(written.path)
