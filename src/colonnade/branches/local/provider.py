"""The local provider: every branch is a set of databases on the server that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from colonnade.branches import limits
from colonnade.branches.branch import (
    NOW,
    Branch,
    BranchError,
    Moment,
    NameTakenError,
    NewBranch,
    Target,
    children_first,
    default_of,
    find,
)
from colonnade.branches.local.catalog import (
    StoredDatabase,
    catalog,
    new_id,
    read_branches,
    read_databases,
)
from colonnade.branches.local.copying import copy
from colonnade.branches.local.home import Home
from colonnade.branches.local.naming import find_database, stored_name
from colonnade.branches.local.recovery import abandon, discard, finish_swap, held, hold, recover
from colonnade.branches.local.schema_only import copy_schema
from colonnade.dsn import Dsn
from colonnade.errors import DatabaseError, InputError, StatementError, UnsupportedError
from colonnade.postgres import Session
from colonnade.sql.identifier import quote

_UNIQUE_VIOLATION = "23505"


class LocalProvider:
    """Branches on the server of a `Home`; `clock` says what time it is."""

    def __init__(self, home: Home, *, clock: Callable[[], datetime]) -> None:
        """Use a home; nothing is started before it is needed."""
        self.home = home
        self._clock = clock

    def create(self, new: NewBranch, *, force: bool = False) -> Branch:
        """Make a branch by copying the files of its parent's databases, or their schema and statistics."""
        now = self._clock()
        limits.check_new(new, now=now)
        with self.session() as session:
            known = read_branches(session)
            parent = find(known, new.parent) if new.parent is not None else default_of(known)
            _refuse_past(new.moment)
            limits.check_may_be_parent(parent)
            if new.content != "schema-only":
                _check_has_rows(parent)
            with held(session, _number(session, parent), shared=True):
                find(read_branches(session), parent.id)
                self._make(session, new, parent, now=now, force=force)
            return find(read_branches(session), new.name)

    def branches(self) -> tuple[Branch, ...]:
        """Return every branch."""
        with self.session() as session:
            return read_branches(session)

    def branch(self, name: str) -> Branch:
        """Return one branch."""
        return find(self.branches(), name)

    def delete(self, name: str, *, children: bool = False) -> tuple[Branch, ...]:
        """Drop the databases of a branch, whoever is connected."""
        with self.session() as session:
            known = read_branches(session)
            root = find(known, name)
            doomed = children_first(known, root) if children else (root,)
            for branch in doomed:
                limits.check_may_be_deleted(branch, known, children=children)
            for branch in doomed:
                _drop(session, branch, children=children)
            return doomed

    def reset(self, name: str, *, force: bool = False) -> Branch:
        """Copy the parent anew; its time to live begins again."""
        with self.session() as session:
            known = read_branches(session)
            branch = find(known, name)
            parent = limits.check_may_be_reset(branch, known)
            self._replace(session, branch, parent, keep_as=None, force=force)
            return find(read_branches(session), branch.id)

    def restore(
        self, name: str, source: str, *, moment: Moment = NOW, keep_as: str | None = None, force: bool = False
    ) -> Branch:
        """Copy another branch over one; what it was stays as the branch `keep_as`, its new parent."""
        _refuse_past(moment)
        with self.session() as session:
            known = read_branches(session)
            branch, origin = find(known, name), find(known, source)
            if branch.id == origin.id:
                raise InputError("a branch cannot be restored from itself", hint="Name another branch as the source.")
            _check_has_rows(origin)
            if branch.protected:
                raise BranchError(f'branch "{branch.name}" cannot be restored', detail="It is protected.")
            if any(each.parent_id == branch.id for each in known) and keep_as is None:
                raise BranchError(
                    f'branch "{branch.name}" is a parent', hint="Keep what it was as a branch with --keep-as NAME."
                )
            if keep_as is not None:
                limits.check_name(keep_as)
            self._replace(session, branch, origin, keep_as=keep_as, force=force)
            return find(read_branches(session), branch.id)

    def expire(self, name: str, at: datetime | None) -> Branch:
        """Set or remove the time after which `prune` deletes a branch."""
        now = self._clock()
        with self.session() as session:
            known = read_branches(session)
            branch = find(known, name)
            if at is not None:
                limits.check_expiry(at, now=now)
                limits.check_may_expire(branch, known)
            life = round((at - now).total_seconds()) if at is not None else None
            session.execute(
                "UPDATE branch SET expires_at = %s, life_seconds = %s, updated_at = %s WHERE id = %s",
                (at, life, now, branch.id),
            )
            return find(read_branches(session), branch.id)

    def url(self, name: str, target: Target) -> Dsn:
        """Return how to connect to a branch with a password; there is no pooler, and none is needed."""
        with self.session() as session:
            branch = find(read_branches(session), name)
            database = find_database(read_databases(session, branch.id), target.database)
            role = target.role or database.owner
            password = session.value("SELECT password FROM branch_role WHERE name = %s", (role,))
            if password is None:
                raise InputError(f'there is no role "{role}"', hint="Leave it out for the owner of the database.")
        host, port = self.home.address
        return Dsn(host=host, port=port, user=role, password=password, database=database.stored_as)

    def prune(self) -> tuple[Branch, ...]:
        """Delete the branches whose time is over."""
        now = self._clock()
        with self.session() as session:
            over = tuple(each for each in read_branches(session) if each.expired(now))
            for branch in over:
                _drop(session, branch, children=True)
            return over

    def update(self, name: str, *, new_name: str | None = None, protected: bool | None = None) -> Branch:
        """Rename a branch, or change its protection; its URL stays."""
        with self.session() as session:
            branch = find(read_branches(session), name)
            if new_name is not None:
                limits.check_name(new_name)
            with _naming(new_name or branch.name):
                session.execute(
                    "UPDATE branch SET name = %s, is_protected = %s, updated_at = %s WHERE id = %s",
                    (
                        new_name or branch.name,
                        branch.protected if protected is None else protected,
                        self._clock(),
                        branch.id,
                    ),
                )
            return find(read_branches(session), branch.id)

    def set_default(self, name: str) -> Branch:
        """Make new branches of this one from now on."""
        with self.session() as session:
            branch = find(read_branches(session), name)
            limits.check_may_be_parent(branch)
            with session.transaction():
                session.execute("UPDATE branch SET is_default = false WHERE is_default")
                session.execute("UPDATE branch SET is_default = true WHERE id = %s", (branch.id,))
            return find(read_branches(session), branch.id)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a session on the catalog; what a failure leaves half done is undone before the failure goes on."""
        with catalog(self.home) as session:
            recover(session)
            try:
                yield session
            except BaseException:  # Ctrl-C too, while the server may still be copying
                with suppress(DatabaseError), catalog(self.home) as other:  # else the next command does it
                    abandon(other, session.backend_pid)
                raise

    def _make(self, session: Session, new: NewBranch, parent: Branch, *, now: datetime, force: bool) -> None:
        """Note the branch as one that is being made, fill its databases, and note that it is ready."""
        identity = new_id("br")
        sources = read_databases(session, parent.id)
        life = round((new.expires_at - now).total_seconds()) if new.expires_at is not None else None
        with _naming(new.name), session.transaction():
            number = session.value(
                "INSERT INTO branch (id, name, parent_id, state, content, is_protected, created_at, updated_at,"
                " expires_at, life_seconds) VALUES (%s, %s, %s, 'creating', %s, %s, %s, %s, %s, %s) RETURNING number",
                (
                    identity,
                    new.name,
                    parent.id if new.content == "parent-data" else None,
                    new.content,
                    new.protected,
                    now,
                    now,
                    new.expires_at,
                    life,
                ),
            )
            for source in sources:
                session.execute(
                    "INSERT INTO branch_database (branch_id, name, owner, stored_as) VALUES (%s, %s, %s, %s)",
                    (identity, source.name, source.owner, stored_name(source.name, new.name, identity)),
                )
            hold(session, number)  # before anybody can see the row, and take it for one that a dead command left
        for source in sources:
            self._fill(session, source, stored_name(source.name, new.name, identity), new.content, force=force)
        session.execute("UPDATE branch SET state = 'ready' WHERE id = %s", (identity,))

    def _fill(self, session: Session, source: StoredDatabase, target: str, content: str, *, force: bool) -> None:
        """Make one database."""
        if content == "parent-data":
            copy(session, source, target, force=force)
            return
        session.execute(f"CREATE DATABASE {quote(target)} OWNER {quote(source.owner)} TEMPLATE template0")
        copy_schema(self.home, session.dsn.with_database(source.stored_as), target)

    def _replace(self, session: Session, branch: Branch, source: Branch, *, keep_as: str | None, force: bool) -> None:
        """Make copies beside the databases of a branch first, and put them in their place when all are there."""
        with (
            held(session, _number(session, branch)),
            held(session, _number(session, source), shared=True),
        ):
            find(read_branches(session), branch.id)
            origins = read_databases(session, source.id)
            self._note_replacements(session, branch, origins, kept=keep_as is not None)
            names = {each.name: each for each in read_databases(session, branch.id)}
            for origin in origins:
                copy(session, origin, str(names[origin.name].replacement), force=force)
            self._commit_replacements(session, branch, source, keep_as)
            finish_swap(session, branch.id)

    def _note_replacements(
        self, session: Session, branch: Branch, origins: Sequence[StoredDatabase], *, kept: bool
    ) -> None:
        """Note which databases are to be made, so that they are found again if we die."""
        mark = new_id("r").rpartition("-")[2]
        with session.transaction():
            session.execute("UPDATE branch SET state = 'replacing' WHERE id = %s", (branch.id,))
            for origin in origins:
                stored = stored_name(origin.name, branch.name, branch.id)
                session.execute(
                    "INSERT INTO branch_database AS known (branch_id, name, owner, stored_as, replacement, kept_as)"
                    " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (branch_id, name)"
                    " DO UPDATE SET replacement = excluded.replacement, kept_as = excluded.kept_as",
                    (
                        branch.id,
                        origin.name,
                        origin.owner,
                        stored,
                        stored_name(origin.name, branch.name, f"{branch.id}-new{mark}"),
                        stored_name(origin.name, "kept", f"{branch.id}-{mark}") if kept else None,
                    ),
                )

    def _commit_replacements(self, session: Session, branch: Branch, source: Branch, keep_as: str | None) -> None:
        """Note that the copies are whole: from here on a command that dies is finished by the next one."""
        now = self._clock()
        with _naming(keep_as or branch.name), session.transaction():
            session.execute(
                "UPDATE branch SET state = 'swapping', content = %s, last_reset_at = %s, updated_at = %s,"
                " expires_at = %s::timestamptz + life_seconds * interval '1 second' WHERE id = %s",
                (source.content, now, now, now, branch.id),
            )
            if keep_as is None:
                return
            kept = new_id("br")
            session.execute(
                "INSERT INTO branch (id, name, parent_id, state, content, created_at, updated_at)"
                " SELECT %s, %s, parent_id, 'ready', %s, %s, %s FROM branch WHERE id = %s",
                (kept, keep_as, branch.content, now, now, branch.id),
            )
            session.execute(
                "INSERT INTO branch_database (branch_id, name, owner, stored_as)"
                " SELECT %s, name, owner, kept_as FROM branch_database WHERE branch_id = %s AND kept_as IS NOT NULL"
                " AND stored_as IN (SELECT datname FROM pg_database)",
                (kept, branch.id),
            )
            session.execute("UPDATE branch SET parent_id = %s WHERE parent_id = %s", (kept, branch.id))
            session.execute("UPDATE branch SET parent_id = %s WHERE id = %s", (kept, branch.id))


def _number(session: Session, branch: Branch) -> int:
    """Return what the lock of a branch is called; raises InputError when somebody has deleted it meanwhile."""
    number = session.value("SELECT number FROM branch WHERE id = %s", (branch.id,))
    if number is None:
        raise InputError(f'there is no branch "{branch.name}" any more')
    return int(number)


def _check_has_rows(source: Branch) -> None:
    """Raise BranchError for a branch whose files are mostly holes, which a copy would fill with zeros."""
    if source.content == "schema-only":
        raise BranchError(
            f'branch "{source.name}" has no rows to copy',
            detail="It holds a schema and the statistics of another database.",
            hint="colonnade branch create --schema-only makes another one of its kind.",
        )


def _drop(session: Session, branch: Branch, *, children: bool) -> None:
    """Drop the databases of a branch and forget it, unless somebody has made a branch of it meanwhile."""
    with held(session, _number(session, branch)):
        limits.check_may_be_deleted(branch, read_branches(session), children=children)
        session.execute("UPDATE branch SET state = 'dropping' WHERE id = %s", (branch.id,))
        discard(session, branch.id)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say that a name is taken where the catalog says that it is."""
    try:
        yield
    except StatementError as problem:
        if problem.sqlstate != _UNIQUE_VIOLATION or problem.constraint != "branch_name_key":
            raise
        raise NameTakenError(
            f'there is a branch "{name}" already', hint="Choose another name, or delete that one."
        ) from problem


def _refuse_past(moment: Moment) -> None:
    if moment:
        raise UnsupportedError(
            "a local branch has no history",
            detail="It is a copy of a database as it stands.",
            hint="Make a branch before a change; colonnade branch restore goes back to it. Neon keeps a history.",
        )
