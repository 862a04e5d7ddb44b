"""Material to read that does not belong to the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_file(*parts: str) -> Path:
    """Return a file of the shared material; skips the test where it is absent."""
    root = Path(__file__).parents[2]
    path = Path(os.environ.get("COLONNADE_SHARED", root.parent / "shared")).joinpath(*parts)
    if not path.exists():
        pytest.skip("no shared material here")
    return path
