"""Bad input: exit code 2, one clear message with place and hint, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

SPEC = """\
colonnade: 1
name: shop
entities:
  Product:
    fields:
      name: text(1..80)!
      price: decimal(10,2)!
"""

OPENAPI = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /products:
    get:
      operationId: listProducts
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Product'}}}}
    post:
      operationId: createProduct
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Product'}}}}
      responses:
        '201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Product'}}}}
components:
  schemas:
    Product: {type: object, required: [name], properties: {id: {type: integer}, name: {type: string}}}
"""


def servers_of(pid: int) -> set[int]:
    """Return the Postgres processes that a process has started."""
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return set()
    return {child.pid for child in children if _is_server(child)}


def _is_server(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.name() == "postgres"
    return False


def leftovers(directory: Path) -> list[str]:
    """Return what a run has left in its temporary folder."""
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Lend an empty folder for the run's temporary files; the server's account must be able to enter it."""
    folder = tmp_path / "temporary"
    folder.mkdir(mode=0o777)
    folder.chmod(0o1777)
    return folder


def run(*arguments: str | Path, temporary: Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "colonnade.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "TMPDIR": str(temporary), "NO_COLOR": "1"},
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], out: Path) -> str:
    """Check what every refusal has in common, and return its message."""
    assert done.returncode == 2, done.stderr + done.stdout
    assert done.stdout == ""
    assert not out.exists()
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    message = done.stderr[done.stderr.index("colonnade: ") :]
    assert "hint: " in message
    return message


def bomb() -> str:
    """Return YAML that is a hundred million values when its aliases are followed."""
    lines = ["colonnade: 1", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines)


BAD = {
    "empty.spec.yaml": ("", "empty"),
    "blank.spec.yaml": ("\n  \n# nothing\n", "empty"),
    "unknown_key.spec.yaml": (SPEC.replace("fields:", "feilds:"), "5:5"),
    "bad_grammar.spec.yaml": (SPEC.replace("text(1..80)!", "text(1...80)!"), "6:"),
    "duplicate.spec.yaml": (SPEC + "      name: text\n", "8:7"),
    "dangling.spec.yaml": (SPEC + "relations:\n  - {from: Product, to: Prodct, kind: N-1}\n", "Product"),
    "tab.spec.yaml": (SPEC.replace("      name", "\tname"), "6:"),
    "bomb.spec.yaml": (bomb(), "Aliases"),
    "neither.yaml": ("title: a document\n", "colonnade"),
    "swagger.yaml": ("swagger: '2.0'\ninfo: {title: a, version: '1'}\npaths: {}\n", "OpenAPI 3"),
    "missing_ref.yaml": (OPENAPI.replace("    Product: {type", "    Produkt: {type"), "Product"),
    "duplicate_operation.yaml": (OPENAPI.replace("createProduct", "listProducts"), "listProducts"),
    "broken.json": ('{"openapi": "3.1.0", "paths": {', "1:"),
    "no_resources.yaml": ("openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n", "resource"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_document_is_refused_with_its_place(name: str, tmp_path: Path, temporary: Path) -> None:
    text, told = BAD[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    message = refused(run("design", path, "--out", tmp_path / "out", temporary=temporary), tmp_path / "out")
    assert name in message
    assert told in message
    assert leftovers(temporary) == []


def test_malformed_utf8_is_refused_with_its_line(tmp_path: Path, temporary: Path) -> None:
    path = tmp_path / "latin.spec.yaml"
    path.write_bytes(SPEC.encode() + b"# caf\xe9\n")
    message = refused(run("design", path, "--out", tmp_path / "out", temporary=temporary), tmp_path / "out")
    assert "8:" in message
    assert "UTF-8" in message


def test_huge_document_is_refused(tmp_path: Path, temporary: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    message = refused(run("design", path, "--out", tmp_path / "out", temporary=temporary), tmp_path / "out")
    assert "MB" in message


def test_cyclic_reference_never_hangs(tmp_path: Path, temporary: Path) -> None:
    path = tmp_path / "cyclic.yaml"
    looped = OPENAPI.replace("name: {type: string}", "name: {type: string}, next: {$ref: '#/components/schemas/Loop'}")
    path.write_text(looped + "    Loop: {$ref: '#/components/schemas/Loop'}\n", encoding="utf-8")
    done = run("design", path, "--out", tmp_path / "out", "--no-prove", temporary=temporary)
    assert done.returncode in (0, 2)
    assert "Loop" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_missing_file_and_missing_answers_are_refused(tmp_path: Path, temporary: Path) -> None:
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    for arguments in (
        ("design", tmp_path / "absent.yaml", "--out", tmp_path / "out"),
        ("design", spec, "--out", tmp_path / "out", "--answers", tmp_path / "absent.yaml"),
        ("prove", tmp_path / "absent"),
        ("prove", "mysql://localhost/a"),
    ):
        refused(run(*arguments, temporary=temporary), tmp_path / "out")


def test_wrong_usage_is_code_2(tmp_path: Path, temporary: Path) -> None:
    for arguments in (
        ("design",),
        ("design", "a.yaml", "--out", "b", "--format", "xml"),
        ("prove", "a", "--rows", "0"),
        ("x",),
    ):
        done = run(*arguments, temporary=temporary)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_output_folder_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, temporary: Path) -> None:
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    (tmp_path / "file").write_text("")
    done = run("design", spec, "--out", tmp_path / "file" / "out", temporary=temporary)
    message = refused(done, tmp_path / "file" / "out")
    assert "file" in message


def test_read_only_folder_is_refused(tmp_path: Path, temporary: Path) -> None:
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(closed, os.W_OK):  # the superuser may write everywhere but where the kernel makes what is there
        closed = Path("/sys")
    refused(run("design", spec, "--out", closed / "out", temporary=temporary), closed / "out")


def wait_for_server(pid: int, *, seconds: float = 20) -> set[int]:
    """Wait until the process has started a Postgres, and return its processes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := servers_of(pid):
            return found
        time.sleep(0.005)
    pytest.fail("no server was started")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_leaves_nothing(number: signal.Signals, tmp_path: Path, temporary: Path) -> None:
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "colonnade.cli", "design", str(spec), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        mine = wait_for_server(process.pid)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors
    assert "interrupted" in errors
    assert output == ""
    assert not (tmp_path / "out").exists()
    _wait_until(lambda: not any(psutil.pid_exists(pid) for pid in mine))
    assert leftovers(temporary) == []


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.45, 0.6])
def test_run_that_is_interrupted_while_it_starts_says_so(seconds: float, tmp_path: Path, temporary: Path) -> None:
    """Modules are imported then, and what is raised in callbacks of the import system is swallowed."""
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    program = (
        "import os, signal, sys, threading;"
        f" threading.Timer({seconds}, os.kill, (os.getpid(), signal.SIGINT)).start();"
        f" sys.argv[1:] = ['design', {str(spec)!r}, '--out', {str(tmp_path / 'out')!r}];"
        " from colonnade.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert result.returncode == 2, result.stderr
    assert result.stderr.endswith("stopped: the run was interrupted; nothing is left half done\n")
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
    assert leftovers(temporary) == []


def test_output_that_nobody_reads_is_no_finding(tmp_path: Path, temporary: Path) -> None:
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-m", "colonnade.cli", "design", str(spec), "--out", str(tmp_path / "out"), "--no-prove"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    os.close(writing)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_server_killed_in_the_middle_is_an_error_not_a_hang(tmp_path: Path, temporary: Path) -> None:
    spec = tmp_path / "shop.spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "colonnade.cli", "design", str(spec), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "trying the constraints" in line:
                break
        for pid in servers_of(process.pid):
            with contextlib.suppress(ProcessLookupError):  # the others end with the first
                os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors + output
    assert "hint: " in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()
    assert leftovers(temporary) == []


def _wait_until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
