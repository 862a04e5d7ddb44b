"""An embedded server starts, works, and is never left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError
from colonnade.postgres import Server, Session, embedded

HOLD_A_SERVER = """
import sys, time
from colonnade.postgres import Server
server = Server.start()
print(server.pid, server.data_folder.parent, flush=True)
time.sleep(60)
"""

NAME_THE_ACCOUNT = """
import sys
from colonnade.postgres import embedded
embedded._SYSTEM_USER = sys.argv[1]
print(embedded.server_account())
"""


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def folder_of(server: Server) -> Path:
    """The folder of an embedded server."""
    assert server.data_folder is not None
    return server.data_folder.parent


def test_server_is_postgres_18_and_ours(server: Server) -> None:
    assert server.version >= 180000
    assert server.owned
    assert server.superuser


def test_server_speaks_utf8_and_sorts_by_code_point(database: Session) -> None:
    assert database.value("SHOW server_encoding") == "UTF8"
    assert database.execute("SELECT x FROM (VALUES ('b'), ('B'), ('ä')) v(x) ORDER BY x") == [
        ("B",),
        ("b",),
        ("ä",),
    ]


def test_settings_can_be_given() -> None:
    settings = {"jit": "on", "shared_buffers": "16MB"}
    with Server.start(settings=settings) as server, server.session() as session:
        assert session.value("SHOW jit") == "on"
        assert session.value("SHOW shared_buffers") == "16MB"


def test_server_and_folder_are_gone_after_the_block() -> None:
    with Server.start() as server:
        folder, pid = folder_of(server), server.pid
        assert folder.exists()
        assert pid is not None
        assert alive(pid)
    assert not folder.exists()
    assert not alive(pid)
    server.close()


def test_server_is_gone_after_an_exception() -> None:
    folders: list[Path] = []

    def fail() -> None:
        with Server.start() as server:
            folders.append(folder_of(server))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not folders[0].exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_server_dies_with_its_owner(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        assert alive(int(pid))
        owner.send_signal(how)
        owner.wait()
    assert eventually(lambda: not alive(int(pid)))
    assert eventually(lambda: not Path(folder).exists())


def test_killed_server_is_an_error_not_a_hang() -> None:
    with Server.start() as server:
        with server.session() as session:
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            with pytest.raises(DatabaseError, match="connection to the server was lost"):
                session.execute("SELECT pg_sleep(5)")
        assert eventually(lambda: not alive(server.pid or 0))
        with pytest.raises(DatabaseError, match="embedded Postgres has ended") as caught:
            server.session()
        assert caught.value.hint
        folder = folder_of(server)
    assert not folder.exists()


def test_server_killed_inside_a_scratch_database_keeps_the_first_error() -> None:
    def kill_it(server: Server) -> None:
        with server.scratch_database() as session:
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            session.execute("SELECT pg_sleep(5)")

    with Server.start() as server, pytest.raises(DatabaseError, match="connection"):
        kill_it(server)


def test_failed_start_leaves_nothing_and_shows_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    root.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(root))
    with pytest.raises(DatabaseError) as caught:
        Server.start(settings={"shared_buffers": "nonsense"})
    assert 'invalid value for parameter "shared_buffers"' in caught.value.detail
    assert list(root.iterdir()) == []
    root.rmdir()


def test_cluster_is_copied_from_the_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with Server.start(cache=cache):
        kept = list(cache.iterdir())
    assert len(kept) == 1
    with Server.start(cache=cache) as server, server.scratch_database() as session:
        assert session.value("SELECT 1") == 1
    assert list(cache.iterdir()) == kept


def test_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with Server.start(cache=in_the_way) as server, server.session() as session:
        assert session.value("SELECT 1") == 1


def test_long_temporary_folder_is_avoided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with Server.start() as server:
        assert long not in folder_of(server).parents
        assert len(str(folder_of(server) / ".s.PGSQL.5432")) < 100


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to a system user")
def test_unreachable_installation_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    account = embedded.server_account()
    folder = embedded.new_folder(account)
    monkeypatch.setattr(embedded, "others_may_enter", lambda folder, account: False)
    try:
        binaries = embedded.installation(account, folder)
        assert folder in binaries.parents
        assert account.run([binaries / "postgres", "--version"], cwd=folder).stdout
        copied_at = (binaries / "postgres").stat().st_ctime_ns
        assert embedded.installation(account, folder) == binaries
        assert (binaries / "postgres").stat().st_ctime_ns == copied_at
        (binaries / "postgres").write_bytes(b"of an older package")
        assert embedded.installation(account, folder) == binaries
        assert account.run([binaries / "postgres", "--version"], cwd=folder).stdout
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a system user")
def test_system_user_is_made_once_where_many_start_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"colonnade_test_{os.getpid()}"
    useradd, calls = shutil.which("useradd"), tmp_path / "calls"
    slow = tmp_path / "useradd"
    slow.write_text(f'#!/bin/sh\necho called >> {calls}\nsleep 0.5\nexec {useradd} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    command = [sys.executable, "-c", NAME_THE_ACCOUNT, name]
    try:
        starting = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        accounts = {process.communicate(timeout=60)[0] for process in starting}
        assert len(accounts) == 1
        assert "user_id=None" not in accounts.pop()
        assert calls.read_text().splitlines() == ["called"]
    finally:
        subprocess.run(["userdel", name], check=True)


def test_scratch_database_is_dropped(server: Server) -> None:
    with server.scratch_database() as session:
        name = session.dsn.database
        other = server.session(name)
    with server.session() as session:
        assert not session.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
    other.close()


def test_scratch_database_is_dropped_after_an_error(server: Server) -> None:
    names: list[str] = []

    def fail() -> None:
        with server.scratch_database() as session:
            names.append(session.dsn.database)
            session.execute("BEGIN")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with server.session() as session:
        assert not session.execute("SELECT FROM pg_database WHERE datname = ANY(%s)", (names,))


def test_scratch_database_can_be_a_copy(server: Server, database: Session) -> None:
    database.execute("CREATE TABLE kept (id int)")
    database.close()
    with server.scratch_database(template=database.dsn.database) as copy:
        assert copy.value("SELECT count(*) FROM kept") == 0


def test_another_process_connects_by_url(database: Session) -> None:
    database.execute("CREATE TABLE t AS SELECT 7 AS n")
    program = "import psycopg, sys; print(psycopg.connect(sys.argv[1]).execute('TABLE t').fetchone())"
    done = subprocess.run([sys.executable, "-c", program, database.url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(7,)"


def given_server(server: Server) -> Server:
    """The embedded server as if somebody else ran it."""
    return Server.at(server.dsn.url)


def test_given_server_is_not_owned(server: Server) -> None:
    given = given_server(server)
    assert not given.owned
    assert given.data_folder is None
    given.close()
    with server.session() as session:
        assert session.value("SELECT 1") == 1


def test_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseError) as caught:
        Server.at("postgresql://ada:hunter2@127.0.0.1:1/app")
    assert "ada:***@127.0.0.1:1/app" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_pooler_is_passed_by() -> None:
    with pytest.raises(DatabaseError, match=r'cannot connect to "postgresql://u@ep-1\.invalid/d"'):
        Server.at("postgresql://u@ep-1-pooler.invalid/d")


def test_folder_that_cannot_be_made_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(DatabaseError, match="no temporary folder") as caught:
        Server.start()
    assert "No space left" in caught.value.detail


def test_stale_scratch_databases_are_swept_from_a_given_server(server: Server) -> None:
    stale, recent, foreign = (
        "sweeptest_20200101000000_0a1b2c3d",
        "sweeptest_29990101000000_0a1b2c3d",
        "sweeptest_20200101000000",
    )
    with server.session() as session:
        for name in (stale, recent, foreign):
            session.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        with given_server(server).scratch_database(prefix="sweeptest"):
            found = {name for (name,) in session.execute("SELECT datname FROM pg_database")}
        for name in (recent, foreign):
            server.drop_database(name)
    assert stale not in found
    assert {recent, foreign} <= found


def roles(server: Server) -> set[str]:
    """The names of all roles."""
    with server.session() as session:
        return {name for (name,) in session.execute("SELECT rolname FROM pg_roles")}


def test_temporary_roles_go_with_what_they_own(server: Server) -> None:
    before = roles(server)
    with server.scratch_database() as session:
        with server.temporary_roles():
            session.script(
                "CREATE ROLE app; CREATE ROLE reader IN ROLE app;"
                " CREATE TABLE t (); ALTER TABLE t OWNER TO app; GRANT SELECT ON t TO reader;"
                " ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO reader"
            )
            assert {"app", "reader"} <= roles(server)
        assert session.value("SELECT to_regclass('t')") is None
    assert roles(server) == before


def test_temporary_roles_go_after_an_error(server: Server) -> None:
    before = roles(server)

    def fail() -> None:
        with server.temporary_roles(), server.session() as session:
            session.execute("CREATE ROLE app")
            session.execute("SELECT 1 / 0")

    with pytest.raises(DatabaseError, match="division by zero"):
        fail()
    assert roles(server) == before


def test_only_named_roles_go_on_a_given_server(server: Server) -> None:
    given = given_server(server)
    with given.temporary_roles(names=["mine"]), server.session() as session:
        session.script("CREATE ROLE mine; CREATE ROLE somebody_elses")
    assert "mine" not in roles(server)
    assert "somebody_elses" in roles(server)
    with server.session() as session:
        session.execute("DROP ROLE somebody_elses")


def test_roles_wait_for_each_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.postgres.roles.LOCK_WAIT", "50ms")
    with (
        server.temporary_roles(),
        pytest.raises(DatabaseError, match="another run is making roles"),
        server.temporary_roles(),
    ):
        pass


def test_roles_wait_for_each_other_from_any_database(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.postgres.roles.LOCK_WAIT", "50ms")
    with server.scratch_database() as elsewhere:
        other = Server.at(elsewhere.dsn)
        with (
            given_server(server).temporary_roles(),
            pytest.raises(DatabaseError, match="another run is making roles"),
            other.temporary_roles(),
        ):
            pass


def test_roles_of_a_killed_run_are_swept_unless_somebody_uses_them(server: Server) -> None:
    """A killed run leaves database and roles; a day later the next one finds what the dead one had written down."""
    given, stale = given_server(server), "killed_20200101000000_0a1b2c3d"
    with server.session() as session:
        session.execute("CREATE ROLE old_role")
        with given.temporary_roles(names=["old_role", "left", "taken", "used"]), given.scratch_database() as scratch:
            note = session.value(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                (scratch.dsn.database,),
            )
        session.script("CREATE ROLE left; CREATE ROLE taken LOGIN; CREATE ROLE used; CREATE TABLE mine ()")
        session.execute("ALTER TABLE mine OWNER TO used")
        session.execute(f"CREATE DATABASE {stale} TEMPLATE template0 STRATEGY file_copy")
        session.execute(f"COMMENT ON DATABASE {stale} IS '{note}'")
        with given.scratch_database(prefix="killed"):
            found = roles(server)
        session.script("DROP TABLE mine; DROP ROLE taken; DROP ROLE used; DROP ROLE old_role")
    assert "left" not in found
    assert {"old_role", "taken", "used"} <= found


def test_sqlalchemy_url_reaches_the_socket(server: Server) -> None:
    url = server.dsn.with_database("d").sqlalchemy_url()
    assert url.startswith("postgresql+psycopg://postgres@/d?host=")
    assert Dsn.parse(url) == server.dsn.with_database("d")
