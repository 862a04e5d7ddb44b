"""What can be done with a project at Neon, as rules that either client carries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

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
from colonnade.branches.neon import values
from colonnade.branches.neon.calling import ENDED, MissingError, Patience, call, change, finish, paged, pages
from colonnade.branches.neon.steps import Call, Rule
from colonnade.dsn import Dsn
from colonnade.errors import ColonnadeError, InputError

_MARK = "colonnade"
_USUAL_DATABASE = "neondb"
_PAGE = {"limit": "100"}


class Neon:
    """The rules for one project; `marks` gives a new word each time, by which a branch of ours is found again."""

    def __init__(self, project: str, patience: Patience, *, marks: Callable[[], str]) -> None:
        """Speak of this project."""
        self._project = project
        self._patience = patience
        self._marks = marks

    def projects(self) -> Rule[tuple[values.Project, ...]]:
        """Return the projects that the key may see."""
        found = yield from paged("/projects", "projects", self._patience, **_PAGE)
        return values.projects(found)

    def branches(self) -> Rule[tuple[Branch, ...]]:
        """Return every branch of the project."""
        found = yield from paged(self._at("branches"), "branches", self._patience, **_PAGE)
        return values.branches(found)

    def branch(self, name: str) -> Rule[Branch]:
        """Return the branch of a name or id."""
        return find((yield from self.branches()), name)

    def create(self, new: NewBranch) -> Rule[Branch]:
        """Make a branch with a compute, and wait until both can be used.

        A branch that does not come to be is deleted again. The one that Neon returns is compared with its parent:
        nothing must ever run on that instead.
        """
        known = yield from self.branches()
        parent = find(known, new.parent) if new.parent is not None else default_of(known)
        self._check_new(new, parent, known)
        mark = self._marks()
        made = yield from self._post_branch(new, parent, mark)
        try:
            yield from finish(self._project, list(made["operations"]), self._patience)
            yield from self._check_apart(made["branch"], parent)
        except ColonnadeError as problem:
            yield from self._give_up(str(made["branch"]["id"]), parent, problem)
            raise
        return find((yield from self.branches()), str(made["branch"]["id"]))

    def delete(self, name: str, *, children: bool = False) -> Rule[tuple[Branch, ...]]:
        """Delete a branch, children first where they may go; return what was deleted."""
        known = yield from self.branches()
        root = find(known, name)
        doomed = children_first(known, root) if children else (root,)
        for each in doomed:
            limits.check_may_be_deleted(each, known, children=children)
        for each in doomed:
            yield from self._delete(each.id)
        return doomed

    def prune(self) -> Rule[tuple[Branch, ...]]:
        """Delete the branches whose time is over, which Neon does by itself a little later."""
        now = self._patience.clock()
        over = tuple(each for each in (yield from self.branches()) if each.expired(now))
        for each in over:
            yield from self._delete(each.id)
        return over

    def reset(self, name: str) -> Rule[Branch]:
        """Make a branch what its parent is now."""
        known = yield from self.branches()
        branch = find(known, name)
        parent = limits.check_may_be_reset(branch, known)
        return (yield from self._restore(branch, {"source_branch_id": parent.id}))

    def restore(self, name: str, source: str, *, moment: Moment = NOW, keep_as: str | None = None) -> Rule[Branch]:
        """Make a branch what another one is, or what either was at a moment."""
        known = yield from self.branches()
        branch, origin = find(known, name), find(known, source)
        body = {"source_branch_id": origin.id, **_moment(moment, "source")}
        if keep_as is not None:
            limits.check_name(keep_as)
            body["preserve_under_name"] = keep_as
        return (yield from self._restore(branch, body))

    def expire(self, name: str, at: datetime | None) -> Rule[Branch]:
        """Say when a branch ends, None for never."""
        known = yield from self.branches()
        branch = find(known, name)
        if at is not None:
            limits.check_expiry(at, now=self._patience.clock())
            limits.check_may_expire(branch, known)
        return (yield from self.update(branch.id, expires_at=_text(at) if at else None))

    def update(self, branch_id: str, **fields: object) -> Rule[Branch]:
        """Change fields of a branch: `name`, `protected`, `expires_at`."""
        path = self._at("branches", branch_id)

        def done() -> Rule[bool]:
            reply = yield from call(Call(method="GET", path=path), self._patience)
            return all(reply.body["branch"].get(name) == value for name, value in fields.items())

        asked = Call(method="PATCH", path=path, body={"branch": fields})
        yield from self._changed(asked, done, branch_id)
        return find((yield from self.branches()), branch_id)

    def endpoints(self, branch_id: str) -> Rule[tuple[values.Endpoint, ...]]:
        """Return the computes of a branch."""
        found = yield from self._inside(branch_id, "endpoints")
        return tuple(map(values.endpoint, found))

    def roles(self, branch_id: str) -> Rule[tuple[values.Role, ...]]:
        """Return the roles of a branch."""
        return tuple(map(values.role, (yield from self._inside(branch_id, "roles"))))

    def databases(self, branch_id: str) -> Rule[tuple[values.Database, ...]]:
        """Return the databases of a branch."""
        return tuple(map(values.database, (yield from self._inside(branch_id, "databases"))))

    def create_role(self, branch_id: str, name: str) -> Rule[None]:
        """Make a role, unless it is there. Open connections to the branch end."""
        body = {"role": {"name": name}}
        yield from self._add(branch_id, "roles", name, body)

    def create_database(self, branch_id: str, name: str, owner: str) -> Rule[None]:
        """Make a database, unless it is there."""
        body = {"database": {"name": name, "owner_name": owner}}
        yield from self._add(branch_id, "databases", name, body)

    def drop(self, branch_id: str, kind: Literal["roles", "databases"], name: str) -> Rule[None]:
        """Drop a role or a database, if it is there."""

        def done() -> Rule[bool]:
            return name not in [each["name"] for each in (yield from self._inside(branch_id, kind))]

        if not (yield from done()):
            asked = Call(method="DELETE", path=self._at("branches", branch_id, kind, name))
            yield from self._changed(asked, done, branch_id)

    def operations(self) -> Rule[tuple[values.Operation, ...]]:
        """Return the operations of the project, the newest first."""
        found = yield from paged(self._at("operations"), "operations", self._patience, **_PAGE)
        return tuple(map(values.operation, found))

    def compare_schema(self, branch_id: str, base_id: str, database: str) -> Rule[str]:
        """Return how the schema of a branch differs from that of another, as a unified diff."""
        asked = Call(
            method="GET",
            path=self._at("branches", branch_id, "compare_schema"),
            query={"db_name": database, "base_branch_id": base_id},
        )
        reply = yield from call(asked, self._patience)
        return str(reply.body.get("diff", ""))

    def advisors(self, branch_id: str, database: str) -> Rule[tuple[values.Advice, ...]]:
        """Return what Neon's advisor finds; it needs the Data API."""
        query = {"branch_id": branch_id, "database_name": database}
        reply = yield from call(Call(method="GET", path=self._at("advisors"), query=query), self._patience)
        return tuple(map(values.advice, reply.body.get("issues") or ()))

    def url(self, name: str, target: Target) -> Rule[Dsn]:
        """Return how to connect to a branch, with the credentials that it has now."""
        branch = yield from self.branch(name)
        known = yield from self.databases(branch.id)
        if not known:
            raise InputError(f'branch "{branch.name}" has no database')
        by_name = {each.name: each for each in known}
        database = by_name.get(target.database or _USUAL_DATABASE, known[0])
        query = {
            "branch_id": branch.id,
            "database_name": target.database or database.name,
            "role_name": target.role or database.owner,
            "pooled": "true" if target.pooled else "false",
        }
        reply = yield from call(Call(method="GET", path=self._at("connection_uri"), query=query), self._patience)
        return Dsn.parse(str(reply.body["uri"]))

    def _check_new(self, new: NewBranch, parent: Branch, known: tuple[Branch, ...]) -> None:
        """Raise what Neon would refuse anyhow, before anything is made."""
        limits.check_new(new, now=self._patience.clock())
        limits.check_may_be_parent(parent)
        if any(each.name == new.name for each in known):
            raise NameTakenError(
                f'there is a branch "{new.name}" already', hint="Choose another name, or delete that one."
            )

    def _post_branch(self, new: NewBranch, parent: Branch, mark: str) -> Rule[Mapping[str, Any]]:
        """Ask for a branch; when the answer is lost, look for the branch that bears our mark."""
        fields: dict[str, object] = {
            "name": new.name,
            "parent_id": parent.id,
            "init_source": new.content,
            **_moment(new.moment, "parent"),
            **({"protected": True} if new.protected else {}),
            **({"expires_at": _text(new.expires_at)} if new.expires_at else {}),
        }
        body = {"branch": fields, "endpoints": [{"type": "read_write"}], "annotation_value": {_MARK: mark}}
        found: list[Mapping[str, Any]] = []

        def done() -> Rule[bool]:
            found[:] = yield from self._marked(new.name, mark)
            return bool(found)

        asked = Call(method="POST", path=self._at("branches"), body=body)
        try:
            reply = yield from change(asked, done, self._patience)
        except NameTakenError:
            # Perhaps by an earlier try of ours, whose answer was lost and which was not in the list yet.
            if not (yield from done()):
                raise
            reply = None
        if reply is not None:
            return reply.body
        branch = found[0]
        operations = yield from paged(self._at("operations"), "operations", self._patience, **_PAGE)
        ours = [each for each in operations if each.get("branch_id") == branch["id"]]
        return {"branch": branch, "operations": ours}

    def _marked(self, name: str, mark: str) -> Rule[list[Mapping[str, Any]]]:
        """Return the branch of a name, if it bears our mark."""
        listed = yield from pages(self._at("branches"), "branches", self._patience, search=name, **_PAGE)
        found = []
        for body in listed:
            for branch in body["branches"]:
                annotation = (body.get("annotations") or {}).get(branch["id"]) or {}
                if branch.get("name") == name and (annotation.get("value") or {}).get(_MARK) == mark:
                    found.append(branch)
        return found

    def _check_apart(self, made: Mapping[str, Any], parent: Branch) -> Rule[None]:
        """Raise BranchError unless the branch and its hosts are others than the parent's."""
        ours = yield from self.endpoints(str(made["id"]))
        theirs = yield from self.endpoints(parent.id)
        same = {(each.id, each.host) for each in ours} & {(each.id, each.host) for each in theirs}
        if made["id"] == parent.id or same or not ours:
            raise BranchError(
                f'Neon returned no branch of its own for "{made.get("name")}"',
                detail="Its id or its host is that of the parent, or it has no compute.",
                hint="Nothing was run on it. Try again.",
            )

    def _give_up(self, branch_id: str, parent: Branch, problem: ColonnadeError) -> Rule[None]:
        """Delete a branch that did not come to be; that it cannot be is added to what went wrong."""
        if branch_id == parent.id:
            return
        try:
            yield from self._delete(branch_id)
        except ColonnadeError as second:
            problem.hint = f"{problem.hint} The branch {branch_id} is left: {second.message}.".strip()

    def _delete(self, branch_id: str) -> Rule[None]:
        """Delete a branch; one that is gone already is as good."""
        path = self._at("branches", branch_id)

        def gone() -> Rule[bool]:
            try:
                yield from call(Call(method="GET", path=path), self._patience)
            except MissingError:
                return True
            return False

        try:
            yield from self._changed(Call(method="DELETE", path=path), gone, branch_id)
        except MissingError:
            return
        except BranchError:
            if not (yield from gone()):  # an operation failed, after which the branch may be there or not
                raise

    def _restore(self, branch: Branch, body: Mapping[str, object]) -> Rule[Branch]:
        """Restore a branch, and wait until it can be used."""

        def done() -> Rule[bool]:
            now = find((yield from self.branches()), branch.id)
            return now.last_reset_at != branch.last_reset_at

        asked = Call(method="POST", path=self._at("branches", branch.id, "restore"), body=body)
        yield from self._changed(asked, done, branch.id)
        return find((yield from self.branches()), branch.id)

    def _changed(self, asked: Call, done: Callable[[], Rule[bool]], branch_id: str) -> Rule[None]:
        """Make a change and wait for its operations; those of a lost reply are found in the list."""
        reply = yield from change(asked, done, self._patience)
        if reply is not None:
            operations = list(reply.body.get("operations") or ())
        else:
            known = yield from paged(self._at("operations"), "operations", self._patience, **_PAGE)
            operations = [
                each for each in known if each.get("branch_id") == branch_id and each.get("status") not in ENDED
            ]
        yield from finish(self._project, operations, self._patience)

    def _add(self, branch_id: str, kind: str, name: str, body: Mapping[str, object]) -> Rule[None]:
        """Make something in a branch, unless there is one of the name."""

        def done() -> Rule[bool]:
            return name in [each["name"] for each in (yield from self._inside(branch_id, kind))]

        if not (yield from done()):
            asked = Call(method="POST", path=self._at("branches", branch_id, kind), body=body)
            yield from self._changed(asked, done, branch_id)

    def _inside(self, branch_id: str, kind: str) -> Rule[tuple[Mapping[str, Any], ...]]:
        """Return what is in a branch, of one kind."""
        reply = yield from call(Call(method="GET", path=self._at("branches", branch_id, kind)), self._patience)
        return tuple(reply.body.get(kind) or ())

    def _at(self, *parts: str) -> str:
        return "/".join(("/projects", self._project, *parts))


def _moment(moment: Moment, prefix: str) -> dict[str, str]:
    """Return a moment as a request names it."""
    found = {}
    if moment.time is not None:
        found[f"{prefix}_timestamp"] = _text(moment.time)
    if moment.lsn is not None:
        found[f"{prefix}_lsn"] = moment.lsn
    return found


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
