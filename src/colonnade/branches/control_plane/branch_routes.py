"""Neon's requests about branches and the operations on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from colonnade.branches.branch import Branch, Moment, NewBranch, Target, find
from colonnade.branches.control_plane.bodies import branch_body, database_body, endpoint_body, endpoint_id, role_body
from colonnade.branches.control_plane.operations import Operations
from colonnade.branches.control_plane.requests import Answer, RefusalError, Request, Route, cursor_of, route
from colonnade.branches.limits import check_may_be_reset
from colonnade.branches.local import LocalProvider
from colonnade.branches.local.catalog import new_id, read_branches, read_databases
from colonnade.branches.local.contents import Extras, extras, note, roles, set_endpoint
from colonnade.errors import InputError
from colonnade.postgres import Session

_BRANCH = "/projects/{project}/branches/{branch}"
_PAGE = 10_000


class BranchRoutes:
    """The requests, answered from the local provider.

    Nobody's connections keep a branch from being copied on Neon, so they are ended here.
    """

    def __init__(self, local: LocalProvider, operations: Operations) -> None:
        """Answer from this provider."""
        self._local = local
        self._operations = operations

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (
            route("GET", "/projects/{project}/branches", self._list),
            route("POST", "/projects/{project}/branches", self._create),
            route("GET", "/projects/{project}/branches/count", self._count),
            route("GET", _BRANCH, self._get),
            route("PATCH", _BRANCH, self._update),
            route("DELETE", _BRANCH, self._delete),
            route("POST", f"{_BRANCH}/restore", self._restore),
            route("POST", f"{_BRANCH}/set_as_default", self._set_default),
            route("GET", "/projects/{project}/operations", self._list_operations),
            route("GET", "/projects/{project}/operations/{operation}", self._get_operation),
        )

    def _list(self, request: Request) -> Answer:
        order = request.query.get("sort_by", "updated_at")
        sorted_by: dict[str, Callable[[Branch], Any]] = {
            "name": lambda each: each.name,
            "created_at": lambda each: (each.created_at, each.id),
            "updated_at": lambda each: (each.updated_at, each.id),
        }
        if order not in sorted_by:
            raise RefusalError(400, f"sort_by {order} is unknown")
        direction = request.query.get("sort_order", "desc").upper()
        search = request.query.get("search", "")
        known, more = self._known()
        found = [each for each in known if search in each.name or search in each.id]
        found.sort(key=sorted_by[order], reverse=direction == "DESC")
        page, cursor = request.page(found, _PAGE)
        pagination = {"sort_by": order, "sort_order": direction, **({"next": cursor} if cursor else {})}
        return Answer(
            body={
                "branches": [_body(each, more[each.id]) for each in page],
                "annotations": {each.id: _annotation(each, more[each.id]) for each in page if more[each.id].annotation},
                "pagination": pagination,
            }
        )

    def _create(self, request: Request) -> Answer:
        given = request.inner("branch")
        endpoints = request.body.get("endpoints") or []
        if not isinstance(endpoints, list) or not all(isinstance(each, dict) for each in endpoints):
            raise RefusalError(400, "endpoints is no list of objects")
        if len(endpoints) > 1 or any(each.get("type") != "read_write" for each in endpoints):
            raise RefusalError(422, "a local branch has one endpoint of type read_write at most")
        content = "schema-only" if given.get("init_source") == "schema-only" else "parent-data"
        new = NewBranch(
            name=str(given.get("name") or new_id("br")),
            parent=given.get("parent_id"),
            content="schema-only" if content == "schema-only" else "parent-data",
            expires_at=_time(given.get("expires_at")),
            protected=bool(given.get("protected")),
            moment=Moment(time=_time(given.get("parent_timestamp")), lsn=given.get("parent_lsn")),
        )
        made = self._local.create(new, force=True)
        with self._local.session() as session:
            set_endpoint(session, made, there=bool(endpoints))
            note(session, made, request.inner("annotation_value"))
            parts = self._parts(session, made, endpoints=bool(endpoints))
            more = extras(session)[made.id]
        actions = ("create_branch", "start_compute") if endpoints else ("create_branch",)
        return Answer(
            status=201,
            body={
                "branch": _body(made, more, state="init"),
                **parts,
                "operations": self._start(request, made, *actions),
            },
        )

    def _parts(self, session: Session, branch: Branch, *, endpoints: bool) -> dict[str, Any]:
        """Return what a new branch is made of; its URI only where it cannot be mistaken for another."""
        host = ":".join(self._local.home.address)
        found, known = read_databases(session, branch.id), roles(session)
        uris = []
        if endpoints and len(found) == 1 and len(known) == 1:
            dsn = self._local.url(branch.id, Target())
            uris = [
                {
                    "connection_uri": dsn.url,
                    "connection_parameters": {
                        "database": dsn.database,
                        "password": dsn.password,
                        "role": dsn.user,
                        "host": host,
                        "pooler_host": host,
                    },
                }
            ]
        return {
            "endpoints": [endpoint_body(branch, host=host, state="init")] if endpoints else [],
            "roles": [role_body(branch.id, each.name, each.created_at) for each in known],
            "databases": [
                database_body(branch.id, each.stored_as, each.owner, each.number, branch.created_at) for each in found
            ],
            **({"connection_uris": uris} if uris else {}),
        }

    def _count(self, request: Request) -> Answer:
        search = request.query.get("search", "")
        return Answer(body={"count": sum(search in each.name for each in self._local.branches())})

    def _get(self, request: Request) -> Answer:
        known, more = self._known()
        branch = _named(known, request)
        found = more[branch.id]
        return Answer(body={"branch": _body(branch, found), "annotation": _annotation(branch, found)})

    def _update(self, request: Request) -> Answer:
        branch = self._branch(request)
        given = request.inner("branch")
        if "expires_at" in given:
            branch = self._local.expire(branch.id, _time(given["expires_at"]))
        if given.get("name") or "protected" in given:
            name, protected = given.get("name"), given.get("protected")
            branch = self._local.update(
                branch.id,
                new_name=str(name) if name else None,
                protected=bool(protected) if protected is not None else None,
            )
        return self._changed(request, branch)

    def _delete(self, request: Request) -> Answer:
        if not any(each.id == request.parts["branch"] for each in self._local.branches()):
            return Answer(status=204)
        (branch,) = self._local.delete(request.parts["branch"])
        return self._changed(request, branch, "suspend_compute", "delete_timeline")

    def _restore(self, request: Request) -> Answer:
        branch = self._branch(request)
        source = str(request.body.get("source_branch_id") or "")
        moment = Moment(time=_time(request.body.get("source_timestamp")), lsn=request.body.get("source_lsn"))
        keep_as = request.body.get("preserve_under_name") or None
        if source == branch.parent_id and keep_as is None and not moment:
            check_may_be_reset(branch, self._local.branches())
            restored = self._local.reset(branch.id, force=True)
        else:
            restored = self._local.restore(branch.id, source, moment=moment, keep_as=keep_as, force=True)
        return self._changed(request, restored, "create_branch", "apply_config")

    def _set_default(self, request: Request) -> Answer:
        return self._changed(request, self._local.set_default(self._branch(request).id))

    def _list_operations(self, request: Request) -> Answer:
        page, cursor = request.page(self._operations.all(), 1000)
        return Answer(body={"operations": list(page), **cursor_of(cursor)})

    def _get_operation(self, request: Request) -> Answer:
        found = self._operations.look(request.parts["operation"])
        if found is None:
            raise RefusalError(404, "operation not found")
        return Answer(body={"operation": found})

    def _changed(self, request: Request, branch: Branch, *actions: str) -> Answer:
        """Return a branch that was changed, with the operations that do it."""
        with self._local.session() as session:
            more = extras(session).get(branch.id, Extras())  # it may have been deleted
        return Answer(body={"branch": _body(branch, more), "operations": self._start(request, branch, *actions)})

    def _start(self, request: Request, branch: Branch, *actions: str) -> list[dict[str, Any]]:
        return self._operations.start(
            *actions, branch_id=branch.id, endpoint_id=endpoint_id(branch.id), fault=request.fault
        )

    def _branch(self, request: Request) -> Branch:
        return _named(self._local.branches(), request)

    def _known(self) -> tuple[tuple[Branch, ...], dict[str, Extras]]:
        """Return every branch, and what else Neon's clients are told of it."""
        with self._local.session() as session:
            return read_branches(session), extras(session)


def _named(known: tuple[Branch, ...], request: Request) -> Branch:
    """Return the branch of the path, which is called by its id alone."""
    name = request.parts["branch"]
    found = find(known, name)
    if found.id != name:
        raise RefusalError(404, f"branch {name} not found")
    return found


def _body(branch: Branch, found: Extras, *, state: str = "ready") -> dict[str, Any]:
    return branch_body(branch, state=state, life_seconds=found.life_seconds)


def _annotation(branch: Branch, found: Extras) -> dict[str, Any]:
    return {"object": {"type": "console/branch", "id": branch.id}, "value": dict(found.annotation)}


def _time(text: object) -> datetime | None:
    """Read a time of a request; its fraction of a second is dropped."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise InputError(f'"{text}" is no time') from None
    if found.tzinfo is None:
        raise InputError(f'"{text}" has no time zone')
    return found.astimezone(UTC).replace(microsecond=0)
