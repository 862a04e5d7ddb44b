"""The process that holds the user's models: what it imports, and what it says of what it cannot import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from colonnade.errors import ModelError
from colonnade.models import ModelsProcess
from colonnade.postgres import Session

_TABLE = """
from sqlmodel import Field, SQLModel


class {name}(SQLModel, table=True):
    __tablename__ = "{table}"
    id: int | None = Field(default=None, primary_key=True)
"""
_PATIENCE_SECONDS = 120.0  # for the slow import of SQLModel on a busy machine; nothing here waits so long


def _table(name: str) -> str:
    return _TABLE.format(name=name, table=f"{name.lower()}s")


def _write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def process() -> Iterator[ModelsProcess]:
    """Give one process for all that leaves it alive; each test has modules and tables of its own names."""
    with ModelsProcess.start(timeout_seconds=_PATIENCE_SECONDS) as started:
        yield started


def _refused(process: ModelsProcess, path: Path) -> ModelError:
    process.load(path)
    with pytest.raises(ModelError) as caught:
        _ = process.models
    return caught.value


@pytest.mark.parametrize(
    ("files", "path", "tables"),
    [
        ({"alone.py": _table("Alone")}, "alone.py", ["alones"]),
        ({"loose/one.py": _table("LooseOne"), "loose/two.py": _table("LooseTwo")}, "loose", ["looseones", "loosetwos"]),
        (
            {
                "packed/__init__.py": "from .inner import Packed\n",
                "packed/inner.py": _table("Packed"),
                "packed/deep/__init__.py": "",
                "packed/deep/leaf.py": "from ..inner import Packed\n" + _table("Leaf"),
            },
            "packed",
            ["leafs", "packeds"],
        ),
        (
            {
                "member/__init__.py": "",
                "member/names.py": "NAME = 1\n",
                "member/it.py": "from .names import NAME\n" + _table("Member"),
            },
            "member/it.py",
            ["members"],
        ),
        ({"talks.py": "print('hello\\n' * 1000)\n" + _table("Talker")}, "talks.py", ["talkers"]),
    ],
    ids=["file", "folder of files", "package with relative imports", "file of a package", "prints"],
)
def test_models_are_imported(
    process: ModelsProcess, tmp_path: Path, files: Mapping[str, str], path: str, tables: list[str]
) -> None:
    process.load(_write(tmp_path, files) / path)
    assert sorted(each.table for each in process.models) == tables


@pytest.mark.parametrize(
    ("name", "text", "line", "detail", "hint"),
    [
        ("wrong", "\nclass Wrong(\n", 2, "SyntaxError: '(' was never closed", "Import the models by hand"),
        ("raises", "x = 1\nraise ValueError('no good')\n", 2, "ValueError: no good", "Import the models by hand"),
        ("needs", "import no_such_thing\n", 1, "No module named 'no_such_thing'", 'Install "no_such_thing"'),
        ("leaves", "import sys\nsys.exit(0)\n", 2, "SystemExit: 0", "must not end the process"),
        ("asks", "input('name? ')\n", 1, "EOFError: EOF when reading a line", "must not ask for input"),
        ("empty", "X = 1\n", 0, "defines a table", "Name the file or package"),
    ],
)
def test_file_that_cannot_be_imported_is_refused_with_the_place(
    process: ModelsProcess, tmp_path: Path, name: str, text: str, line: int, detail: str, hint: str
) -> None:
    path = _write(tmp_path, {f"{name}.py": text}) / f"{name}.py"
    error = _refused(process, path)
    assert error.message == "the models cannot be imported"
    assert detail in error.detail
    assert error.hint.startswith(hint) or hint in error.hint
    assert (error.at.path, error.at.line) == (str(path), line) if line and error.at else not line and error.at is None


def test_circular_import_says_so(process: ModelsProcess, tmp_path: Path) -> None:
    files = {
        "round/__init__.py": "from .left import Left\n",
        "round/left.py": "from .right import Right\nLeft = 1\n",
        "round/right.py": "from .left import Left\nRight = 1\n",
    }
    error = _refused(process, _write(tmp_path, files) / "round")
    assert "circular import" in error.detail
    assert error.hint.startswith("Two modules import each other")
    assert error.at is not None
    assert (Path(error.at.path).name, error.at.line, error.at.quote) == ("right.py", 1, "from .left import Left")


def test_process_serves_on_after_a_refusal(process: ModelsProcess, tmp_path: Path) -> None:
    files = {"bad.py": "1 / 0\n", "good.py": _table("Good")}
    assert "ZeroDivisionError" in _refused(process, _write(tmp_path, files) / "bad.py").detail
    process.load(tmp_path / "good.py")
    assert [each.name for each in process.models] == ["Good"]


def test_tables_are_created_all_or_none(process: ModelsProcess, tmp_path: Path, database: Session) -> None:
    files = {
        "half.py": """
        import sqlalchemy as sa

        METADATA = sa.MetaData()
        FIRST = sa.Table("firsts", METADATA, sa.Column("id", sa.Integer, primary_key=True))
        SECOND = sa.Table("seconds", METADATA, sa.Column("id", sa.Integer), sa.CheckConstraint("nonsense > 1"))
        """
    }
    process.load(_write(tmp_path, files) / "half.py")
    with pytest.raises(ModelError) as caught:
        process.create_all(database.url)
    assert caught.value.message == "the models' tables cannot be created"
    assert (caught.value.sqlstate, "nonsense" in caught.value.detail) == ("42703", True)
    assert database.value("SELECT count(*) FROM pg_class WHERE relname IN ('firsts', 'seconds')") == 0


def test_commands_need_models_and_come_one_at_a_time(tmp_path: Path) -> None:
    path = _write(tmp_path, {"waits.py": _table("Waits")}) / "waits.py"
    with ModelsProcess.start(timeout_seconds=_PATIENCE_SECONDS) as started:
        with pytest.raises(ModelError, match="no models were loaded"):
            _ = started.models
        started.load(path)
        with pytest.raises(ModelError, match="still busy"):
            started.load(path)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("import os, sys\nprint('last words', file=sys.stderr, flush=True)\nos._exit(3)\n", "exit status 3"),
        ("import os, signal\nprint('last words', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n", "signal 9"),
    ],
)
def test_process_that_ends_says_how_and_its_last_words(tmp_path: Path, text: str, how: str) -> None:
    path = _write(tmp_path, {"ends.py": text}) / "ends.py"
    with ModelsProcess.start(path, timeout_seconds=_PATIENCE_SECONDS) as started:
        with pytest.raises(ModelError, match="the models' process ended") as caught:
            _ = started.models
        assert how in caught.value.detail
        assert "last words" in caught.value.detail


def test_endless_import_is_ended(tmp_path: Path) -> None:
    text = "print('round and round', flush=True)\nwhile True:\n    pass\n"
    files = {"ready.py": _table("Ready"), "endless.py": text}
    with ModelsProcess.start(_write(tmp_path, files) / "ready.py", timeout_seconds=_PATIENCE_SECONDS) as started:
        assert started.models  # SQLModel is there, so that what is waited for is the models' own
        started._timeout_seconds = 1.0
        started.load(tmp_path / "endless.py")
        with pytest.raises(ModelError, match="the models took longer than 1 s") as caught:
            _ = started.models
        assert "round and round" in caught.value.detail
        assert "endless loops" in caught.value.hint


def test_relationship_to_no_class_is_refused(tmp_path: Path) -> None:
    text = _table("Twisted").replace("Field,", "Field, Relationship,") + "    other: 'Nobody' = Relationship()\n"
    path = _write(tmp_path, {"twisted.py": text}) / "twisted.py"
    # In a process of its own: what cannot be mapped stays in the registry that all models share.
    with ModelsProcess.start(timeout_seconds=_PATIENCE_SECONDS) as started:
        assert "expression 'Nobody' failed to locate a name" in _refused(started, path).detail


def test_memory_is_bounded(tmp_path: Path) -> None:
    path = _write(tmp_path, {"greedy.py": "HELD = bytearray(4 * 1024**3)\n"}) / "greedy.py"
    with ModelsProcess.start(path, timeout_seconds=_PATIENCE_SECONDS) as started:
        with pytest.raises(ModelError, match="cannot be imported") as caught:
            _ = started.models
        assert caught.value.hint == "Importing the models needs more memory than allowed."
        assert caught.value.at is not None
        assert caught.value.at.line == 1
