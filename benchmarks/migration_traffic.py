"""What traffic waits for while a migration runs on a table of a million rows: ours beside autogenerate's.

`python benchmarks/migration_traffic.py [--rows 1000000] [--clients 4] [CASE …]` loads an orders table, and takes it
through each change twice, both times with `alembic upgrade head` under the same load: with the revision that
`migrate new` writes, and with the one that Alembic's autogenerate renders. Between the two stands the control: the same
load, with no migration, for as long as ours took. What is printed is the longest that any statement of the load took.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from colonnade import api
from colonnade.postgres import Server, Session

# As a server in production has them; a scratch server would not wait for its disk.
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "autovacuum": "on",
}
MODELS = """\
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table(
    "customers",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)
orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    sa.Index("ix_orders_created_at", "created_at"),
)
"""
ROWS = """
INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(1, {customers}) n;
INSERT INTO orders (customer_id, reference, status, amount, note, created_at)
    SELECT 1 + n % {customers}, 'R' || n, (ARRAY['open', 'paid', 'sent'])[1 + n % 3], n % 1000, 'note ' || n,
        now() - n * interval '1 minute'
    FROM generate_series(1, {rows}) n;
"""
TOUCH = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.note := coalesce(NEW.note, ''touched''); RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
"""
AFTER_COLUMN = '    sa.Index("ix_orders_created_at"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A change: text of the models that takes another's place, and what autogenerate would not see by itself.

    With `touched` the table has a trigger for each row that is updated before.
    """

    name: str
    old: str = AFTER_COLUMN
    new: str
    unseen: str = ""
    touched: bool = False

    @property
    def models(self) -> str:
        """The models after it."""
        assert self.old in MODELS, self.name
        return MODELS.replace(self.old, self.new)


CASES = (
    Case(name="index", new='    sa.Index("ix_orders_status", "status", "created_at"),\n' + AFTER_COLUMN),
    Case(name="unique", new='    sa.UniqueConstraint("reference", name="uq_orders_reference"),\n' + AFTER_COLUMN),
    Case(name="not null", old='"note", sa.Text', new='"note", sa.Text, nullable=False'),
    Case(
        name="check",
        new='    sa.CheckConstraint("amount >= 0", name="ck_orders_amount"),\n' + AFTER_COLUMN,
        unseen='op.create_check_constraint("ck_orders_amount", "orders", "amount >= 0")',
    ),
    Case(
        name="foreign key",
        new='    sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_orders_customer_id"),\n'
        '    sa.Index("ix_orders_customer_id", "customer_id"),\n' + AFTER_COLUMN,
    ),
    Case(name="wider type", old='"amount", sa.Integer', new='"amount", sa.BigInteger'),
    Case(
        name="wider key",
        old='"orders",\n    metadata,\n    sa.Column("id", sa.Integer',
        new='"orders",\n    metadata,\n    sa.Column("id", sa.BigInteger',
    ),
    Case(
        name="wider key, trigger",
        old='"orders",\n    metadata,\n    sa.Column("id", sa.Integer',
        new='"orders",\n    metadata,\n    sa.Column("id", sa.BigInteger',
        touched=True,
    ),
    Case(name="longer text", old="sa.String(20)", new="sa.String(40)"),
    Case(
        name="volatile default",
        new='    sa.Column("token", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),\n'
        + AFTER_COLUMN,
    ),
    Case(
        name="constant default",
        new='    sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.text("false")),\n' + AFTER_COLUMN,
    ),
    Case(name="other index", new=AFTER_COLUMN.replace("ix_orders_created_at", "ix_orders_by_day")),
)

READ = "SELECT * FROM orders WHERE id = %s"
ADD = "INSERT INTO orders (customer_id, reference, status, amount, note) VALUES (1, %s, 'open', 5, 'new')"
CHANGE = "UPDATE orders SET note = 'changed' WHERE id = %s"
NEWEST = "SELECT id FROM orders ORDER BY created_at DESC LIMIT 20"
REPORT_SECONDS = 0.3
PAUSE_SECONDS = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a load has seen: its longest statement in milliseconds, how many it sent, and what was refused."""

    longest_ms: float
    statements: int
    refused: tuple[str, ...]


class Load:
    """Clients that read and write, each statement a transaction, and one that reads for a while in one transaction."""

    def __init__(self, url: str, *, rows: int, clients: int) -> None:
        """Prepare, without connecting."""
        self._url, self._rows = url, rows
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._longest = 0.0
        self._sent = 0
        self._refused: dict[str, None] = {}
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(clients)]
        self._threads.append(threading.Thread(target=self._reader))

    def start(self) -> None:
        """Let the clients go."""
        for thread in self._threads:
            thread.start()

    def end(self) -> Loaded:
        """Let them come to their ends."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return Loaded(longest_ms=self._longest * 1000, statements=self._sent, refused=tuple(self._refused))

    def _client(self, number: int) -> None:
        chance = random.Random(number)
        with psycopg.connect(self._url, autocommit=True) as connection:
            for turn in itertools.count():
                mine = f"C{number}-{turn}"
                for sql, values in (
                    (READ, (chance.randint(1, self._rows),)),
                    (NEWEST, ()),
                    (CHANGE, (chance.randint(1, self._rows),)),
                    (ADD, (mine,)),
                ):
                    if self._over.is_set():
                        return
                    self._send(connection, sql, values)
                    time.sleep(PAUSE_SECONDS)

    def _send(self, connection: psycopg.Connection, sql: str, values: tuple[object, ...]) -> None:
        started = time.perf_counter()
        problem = ""
        try:
            connection.execute(sql, values)
        except psycopg.Error as refused:
            problem = f"{refused.sqlstate} {str(refused).splitlines()[0]}"
        elapsed = time.perf_counter() - started
        with self._lock:
            self._sent += 1
            self._longest = max(self._longest, elapsed)
            if problem:
                self._refused[problem] = None

    def _reader(self) -> None:
        """Hold what a report holds: who needs the table for itself has to wait for it, and all others behind."""
        with psycopg.connect(self._url) as connection:
            while not self._over.wait(REPORT_SECONDS):
                with connection.transaction():
                    connection.execute("SELECT count(*) FROM (SELECT FROM orders LIMIT 1000) few")
                    time.sleep(REPORT_SECONDS)


def serve(url: str, rows: int, clients: int) -> None:
    """Send the load until a line comes, and print what was seen: a process of its own, which no revision slows down."""
    load = Load(url, rows=rows, clients=clients)
    load.start()
    print("going", flush=True)
    sys.stdin.readline()
    seen = load.end()
    print(json.dumps({"longest_ms": seen.longest_ms, "statements": seen.statements, "refused": seen.refused}))


@contextmanager
def under_load(session: Session, options: argparse.Namespace) -> Iterator[Callable[[], Loaded]]:
    """Let the load go on during the block; what is yielded ends it and returns what it saw."""
    command = [sys.executable, __file__, "--rows", str(options.rows), "--clients", str(options.clients)]
    process = subprocess.Popen(
        [*command, "--load", session.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()

    def ended() -> Loaded:
        answer, _ = process.communicate("\n")
        found = json.loads(answer)
        return Loaded(**{**found, "refused": tuple(found["refused"])})

    try:
        time.sleep(1)  # connections and caches are warm
        yield ended
    finally:
        process.kill()
        process.wait()


def upgrade(folder: Path, session: Session) -> None:
    """Take the database to the head of a history."""
    env = {**os.environ, "DATABASE_URL": session.dsn.sqlalchemy_url()}
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "exc." in line or "Error" in line]
        print(f"the upgrade in {folder.name} is refused: {said[-1] if said else done.stderr}")


def automatic(case: Case, session: Session, folder: Path) -> None:
    """Write the revision that autogenerate renders for a database at the start."""
    space: dict[str, sa.MetaData] = {}
    exec(case.models, space)
    with sa.create_engine(session.dsn.sqlalchemy_url(), poolclass=sa.NullPool).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"target_metadata": space["metadata"], "compare_type": True}
        )
        found = produce_migrations(context, space["metadata"]).upgrade_ops
        assert found is not None
        body = render_python_code(found, migration_context=context)
        last = repr(session.value("SELECT version_num FROM alembic_version"))
    lines = [line for line in body.splitlines() if not line.lstrip().startswith(("#", "pass"))]
    text = "\n".join(lines + ([f"    {case.unseen}"] if case.unseen else []))
    (folder / "versions" / "naive.py").write_text(
        f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "naive"\ndown_revision = {last}\n'
        f"def upgrade():\n{text}\ndef downgrade():\n    pass\n",
        encoding="utf-8",
    )


def begun(folder: Path, server: Server) -> Path:
    """Write the models and the history that leads to them; return the folder of its scripts."""
    models = folder / "start.py"
    models.write_text(MODELS, encoding="utf-8")
    api.migrate_new("start", models=str(models), history=folder, postgres_url=server.dsn.url)
    return next(folder.glob("**/env.py")).parent


def touched(scripts: Path) -> None:
    """Add the revision that makes the trigger to a history."""
    (path,) = (scripts / "versions").glob("*.py")
    (last,) = (line for line in path.read_text().splitlines() if line.startswith("revision"))
    (scripts / "versions" / "touched.py").write_text(
        f"from alembic import op\nrevision = 'touched'\ndown_revision = {last.split('=')[1].strip()}\n"
        f"def upgrade():\n    op.execute({TOUCH!r})\ndef downgrade():\n    pass\n",
        encoding="utf-8",
    )


def compare(case: Case, server: Server, template: str, start: Path, options: argparse.Namespace) -> None:
    """Print what the load waited for with ours, without a migration, and with autogenerate's."""
    seen: list[tuple[str, float, Loaded]] = []
    with tempfile.TemporaryDirectory() as place:
        ours, naive = (Path(shutil.copytree(start, Path(place) / name)) for name in ("ours", "naive"))
        models = Path(place) / "goal.py"
        models.write_text(case.models, encoding="utf-8")
        for history in (ours, naive) if case.touched else ():
            touched(next(history.glob("**/env.py")).parent)
        api.migrate_new("change", models=str(models), history=ours, postgres_url=server.dsn.url)
        scripts = next(naive.glob("**/env.py")).parent
        for name, folder in (("ours", ours), ("control", None), ("autogenerate", naive)):
            with server.scratch_database(template=template) as session:
                if case.touched:
                    session.script(TOUCH)
                    session.execute("UPDATE alembic_version SET version_num = 'touched'")
                if folder is naive:
                    automatic(case, session, scripts)
                with under_load(session, options) as ended:
                    began = time.perf_counter()
                    if folder is None:
                        time.sleep(seen[0][1])
                    else:
                        upgrade(folder, session)
                    seconds = time.perf_counter() - began
                    seen.append((name, seconds, ended()))
    control = seen[1][2].longest_ms
    print(f"{case.name}:")
    for name, seconds, load in seen:
        line = f"    {name:<13} {seconds:5.1f} s, {load.statements:6} statements, longest {load.longest_ms:7.0f} ms"
        if name != "control":
            line += f", {max(0.0, load.longest_ms - control):7.0f} ms beyond the control"
        print(line + "".join(f"\n        refused: {each}" for each in load.refused))
    sys.stdout.flush()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        serve(options.load, options.rows, options.clients)
        return
    chosen = [case for case in CASES if not options.cases or case.name in options.cases]
    with Server.start(settings=SETTINGS) as server, tempfile.TemporaryDirectory() as place:
        start = Path(place) / "start"
        start.mkdir()
        begun(start, server)
        with server.scratch_database() as session:
            upgrade(start, session)
            session.script(ROWS.format(rows=options.rows, customers=max(1, options.rows // 10)))
            session.execute("VACUUM ANALYZE")
            template = session.dsn.database
            session.close()
            for case in chosen:
                compare(case, server, template, start, options)


if __name__ == "__main__":
    main()
