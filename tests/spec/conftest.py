"""Material to read that does not belong to the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of shared material; skips where it is absent."""
    root = Path(__file__).parents[2]
    path = Path(os.environ.get("COLONNADE_SHARED", root.parent / "shared"))
    if not (path / "cases").is_dir():
        pytest.skip("no shared material here")
    return path
