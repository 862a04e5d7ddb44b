"""The shipped examples: every claim proved, and the committed output is what the tool writes today."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from colonnade import api
from colonnade.api.output_folder import MANIFEST

ROOT = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = {
    "taskboard": ("taskboard.spec.yaml", "openapi.yaml"),
    "library": ("openapi.yaml",),
}


def contents(folder: Path) -> dict[str, str]:
    """Return every file below the folder."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example_is_proved_and_its_output_is_current(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in EXAMPLES[name]:
        shutil.copy(ROOT / name / source, tmp_path)
    monkeypatch.chdir(tmp_path)  # links lead from the output to the specs beside it, as in the example
    result = api.design([Path(source) for source in EXAMPLES[name]], out=Path("generated"))
    assert result.proof is not None
    assert [each.claim.sentence for each in result.proof.refuted] == []
    assert [each.claim.sentence for each in result.proof.evidence if each.verdict == "not_run"] == []
    written, committed = contents(tmp_path / "generated"), contents(ROOT / name / "generated")
    assert sorted(written) == sorted(committed)
    for path in written:
        if path != MANIFEST:
            assert written[path] == committed[path], f"{name}/generated/{path} is out of date"


def test_output_depends_on_no_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "taskboard")
    sources = [Path(source) for source in EXAMPLES["taskboard"]]
    for folder in ("one", "two/deeper"):
        api.design(sources, out=tmp_path / folder, prove=False)
    assert contents(tmp_path / "one") == contents(tmp_path / "two" / "deeper")
    assert not any(str(tmp_path) in text for text in contents(tmp_path / "one").values())


def test_second_run_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "taskboard")
    sources = [Path(source) for source in EXAMPLES["taskboard"]]
    first = api.design(sources, out=tmp_path / "out")
    assert first.changed == tuple(name for name in first.files if name != MANIFEST)
    assert api.design(sources, out=tmp_path / "out").changed == ()
