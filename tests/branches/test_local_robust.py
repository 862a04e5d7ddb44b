"""Local branches when things go wrong: commands that die, servers that die, disks that are full."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from branches_support import Clock, new_home_folder, rows, run
from colonnade.branches import NewBranch
from colonnade.branches.local import Home, LocalProvider
from colonnade.branches.local.orphans import remove_orphans
from colonnade.errors import DatabaseError, InputError
from colonnade.postgres import Session

MAKE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from colonnade.branches import NewBranch
from colonnade.branches.local import Home, LocalProvider

provider = LocalProvider(Home(Path(sys.argv[1])), clock=lambda: datetime.now(UTC))
provider.create(NewBranch(name="victim"))
"""


def test_what_a_killed_command_had_half_made_is_gone_with_the_next(home: Home, local: LocalProvider) -> None:
    local.branches()
    with stopped_while_copying(home) as (process, _):
        process.kill()
    wait_until_alone(local)
    assert [each.name for each in local.branches()] == ["main"]
    assert databases(local) == ["neondb"]
    local.create(NewBranch(name="victim"))


def test_a_branch_that_is_being_made_is_left_alone_by_others(home: Home, local: LocalProvider) -> None:
    local.branches()
    with stopped_while_copying(home) as (process, guard):
        assert [each.name for each in local.branches()] == ["main"]
        guard.close()
        assert process.wait(30) == 0
    assert [each.name for each in local.branches()] == ["main", "victim"]


def test_a_swap_that_stopped_in_the_middle_is_finished(local: LocalProvider) -> None:
    local.create(NewBranch(name="dev"))
    run(local, "dev", "CREATE TABLE old (id int)")
    with local.session() as session:
        (stored,) = session.execute("SELECT stored_as FROM branch_database WHERE stored_as LIKE %s", ("%dev%",))[0]
        session.execute(f"CREATE DATABASE {stored}_new TEMPLATE neondb")
        session.execute("UPDATE branch SET state = 'swapping' WHERE name = 'dev'")
        session.execute("UPDATE branch_database SET replacement = %s WHERE stored_as = %s", (f"{stored}_new", stored))
        session.execute(f"DROP DATABASE {stored}")
    assert rows(local, "dev", "SELECT to_regclass('old')") == [(None,)]
    assert databases(local) == sorted(["neondb", stored])


def test_a_replacement_that_never_came_to_be_is_forgotten(local: LocalProvider) -> None:
    local.create(NewBranch(name="dev"))
    with local.session() as session:
        session.execute("UPDATE branch SET state = 'replacing' WHERE name = 'dev'")
        session.execute("UPDATE branch_database SET replacement = 'half' WHERE stored_as LIKE 'neondb_dev%'")
        session.execute("CREATE DATABASE half")
    assert local.branch("dev").state == "ready"
    with local.session() as session:
        assert session.value("SELECT count(*) FROM pg_database WHERE datname = 'half'") == 0


def test_branches_outlive_their_server_and_urls_stay(clock: Clock) -> None:
    with other_home() as home:
        local = LocalProvider(home, clock=clock)
        run(local, "main", "CREATE TABLE t (id int)")
        address = home.address
        pid = int((home.data_folder / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and "zombie" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii"):
            time.sleep(0.05)
        orphan = home.data_folder / "base" / "4999"
        subprocess.run(["cp", "-a", home.data_folder / "base" / "1", orphan], check=True)
        os.utime(orphan, (1, 1))
        assert rows(local, "main", "SELECT count(*) FROM t") == [(0,)]
        assert home.address == address
        assert not orphan.exists()
        assert home.stop()
        assert not home.stop()
        assert rows(local, "main", "SELECT count(*) FROM t") == [(0,)]
        with local.session() as session:
            assert remove_orphans(session, home.data_folder) == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_leaves_no_branch(clock: Clock) -> None:
    folder = new_home_folder()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=130m,mode=0711", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("no disk can be mounted here")
    home = Home(folder)
    local = LocalProvider(home, clock=clock)
    try:
        run(local, "main", "CREATE TABLE t AS SELECT n, repeat('x', 900) FROM generate_series(1, 28000) n")
        with pytest.raises(DatabaseError) as refused:
            fill(local)
        assert "No space left on device" in refused.value.detail
        assert refused.value.hint == "Free space where the branches are, or delete some; the unfinished copy is gone."
        made = local.branches()
        assert len(databases(local)) == len(made)
        assert rows(local, "main", "SELECT count(*) FROM t") == [(28000,)]
        local.delete("b0")
        local.create(NewBranch(name="again"))
    finally:
        home.stop()
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def test_a_home_that_cannot_be_used_is_told() -> None:
    with pytest.raises(InputError, match="too long"):
        Home(Path("/tmp") / ("x" * 100))
    if os.geteuid() == 0:
        closed = new_home_folder()
        closed.chmod(0o700)
        with pytest.raises(InputError, match="closed to the system user"):
            Home(closed / "home").start()
        shutil.rmtree(closed)
    with pytest.raises(DatabaseError, match="cannot hold the server"):
        Home(Path("/proc/nowhere")).start()


def fill(local: LocalProvider) -> None:
    """Make more branches than there is room for."""
    for number in range(8):
        local.create(NewBranch(name=f"b{number}"))


@contextmanager
def other_home() -> Iterator[Home]:
    """Give a home of its own, which goes with the block."""
    home = Home(new_home_folder())
    try:
        yield home
    finally:
        home.stop()
        shutil.rmtree(home.folder)


@contextmanager
def stopped_while_copying(home: Home) -> Iterator[tuple[subprocess.Popen[bytes], Session]]:
    """Run a command that makes a branch up to the copy, which waits until the session is closed."""
    with (
        home.connected("postgres") as guard,
        subprocess.Popen([sys.executable, "-c", MAKE, str(home.folder)]) as process,
    ):
        guard.execute("SET idle_in_transaction_session_timeout = '20s'")  # so that nobody waits for us for good
        guard.execute("BEGIN")
        guard.execute("LOCK TABLE pg_database IN SHARE ROW EXCLUSIVE MODE")
        while not guard.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pg_database'::regclass"):
            time.sleep(0.02)
        yield process, guard


def wait_until_alone(local: LocalProvider) -> None:
    """Wait until the server has noticed that the killed command is gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with local.session() as session:
            if not session.value("SELECT count(*) FROM branch WHERE state <> 'ready'"):
                return
        time.sleep(0.1)


def databases(local: LocalProvider) -> list[str]:
    """Return the databases that hold branches."""
    with local.session() as session:
        found = session.execute("SELECT datname FROM pg_database WHERE datname LIKE 'neondb%' ORDER BY 1")
    return [name for (name,) in found]
