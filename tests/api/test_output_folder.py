"""The output folder holds either the old files or the new ones, and nobody's edits are lost."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from colonnade.api import output_folder
from colonnade.errors import InputError, OutputError

FILES = {"schema.sql": "CREATE TABLE a ();\n", "models/__init__.py": "", "models/a.py": "class A: ...\n"}


def contents(folder: Path) -> dict[str, str]:
    """Return every file below the folder but the manifest."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != output_folder.MANIFEST
    }


def test_a_new_folder_gets_every_file(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    assert output_folder.write(out, FILES) == tuple(sorted(FILES))
    assert contents(out) == FILES


def test_writing_the_same_again_touches_nothing(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert output_folder.write(tmp_path, FILES) == ()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_an_edited_file_stops_the_run_and_stays(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    (tmp_path / "models/a.py").write_text("class Mine: ...\n")
    with pytest.raises(OutputError, match=r"models/a\.py") as caught:
        output_folder.write(tmp_path, {**FILES, "models/a.py": "class B: ...\n", "schema.sql": "-- new\n"})
    assert "--force" in caught.value.hint
    assert contents(tmp_path) == {**FILES, "models/a.py": "class Mine: ...\n"}


def test_an_edit_that_is_what_we_would_write_is_no_edit(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    (tmp_path / "models/a.py").write_text("class B: ...\n")
    assert output_folder.write(tmp_path, {**FILES, "models/a.py": "class B: ...\n"}) == ()


def test_force_writes_over_an_edit(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    (tmp_path / "models/a.py").write_text("class Mine: ...\n")
    assert output_folder.write(tmp_path, FILES, force=True) == ("models/a.py",)
    assert contents(tmp_path) == FILES


def test_a_deleted_file_comes_back(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    (tmp_path / "schema.sql").unlink()
    assert output_folder.write(tmp_path, FILES) == ("schema.sql",)


def test_a_file_that_is_no_longer_generated_goes_and_others_stay(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    (tmp_path / "notes.md").write_text("mine\n")
    remaining = {"schema.sql": FILES["schema.sql"]}
    assert output_folder.write(tmp_path, remaining) == ("models/__init__.py", "models/a.py")
    assert contents(tmp_path) == {**remaining, "notes.md": "mine\n"}
    assert not (tmp_path / "models").exists()


def test_somebody_elses_file_of_the_same_name_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("-- theirs\n")
    with pytest.raises(OutputError, match=r"schema\.sql"):
        output_folder.write(tmp_path, FILES)
    assert contents(tmp_path) == {"schema.sql": "-- theirs\n"}


def fail_after(moves: int, original: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """Return a replacement for `Path.replace` whose disk is full after so many moves."""
    made = 0

    def replace(source: Path, target: Path) -> Path:
        nonlocal made
        made += 1
        if made == moves + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(source, target)

    return replace


@pytest.mark.parametrize("moves", range(5))
def test_a_full_disk_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int) -> None:
    output_folder.write(tmp_path, FILES)
    monkeypatch.setattr(Path, "replace", fail_after(moves, Path.replace))
    new = {"schema.sql": "-- new\n", "models/__init__.py": "# new\n", "erd.svg": "<svg/>"}
    with pytest.raises(OutputError, match="cannot write") as caught:
        output_folder.write(tmp_path, new)
    assert "No space left" in caught.value.detail
    monkeypatch.undo()
    assert contents(tmp_path) == FILES
    assert output_folder.edited(tmp_path) == ()


class Interruption(BaseException):
    """A signal, which comes whenever it likes."""


@pytest.mark.parametrize("moves", range(1, 6))
def test_an_interruption_just_after_a_move_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    output_folder.write(tmp_path, FILES)
    original, made = Path.replace, 0

    def replace(source: Path, target: Path) -> Path:
        nonlocal made
        made += 1
        moved = original(source, target)
        if made == moves:
            raise Interruption
        return moved

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(Interruption):
        output_folder.write(tmp_path, {"schema.sql": "-- new\n", "models/__init__.py": "# new\n", "erd.svg": "<svg/>"})
    monkeypatch.undo()
    assert contents(tmp_path) == FILES
    assert output_folder.edited(tmp_path) == ()


def test_a_failed_first_run_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", fail_after(1, Path.replace))
    with pytest.raises(OutputError):
        output_folder.write(tmp_path / "a" / "out", FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        output_folder.check_writable(tmp_path / "out")


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    output_folder.write(tmp_path, FILES)
    (tmp_path / output_folder.MANIFEST).write_text("[]")
    with pytest.raises(OutputError, match="manifest"):
        output_folder.write(tmp_path, FILES)
