"""Neon's requests about what is in a branch: endpoints, roles, databases, schemas and URLs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from colonnade.branches.branch import Branch, Target, find
from colonnade.branches.control_plane.bodies import database_body, endpoint_body, endpoint_id, role_body
from colonnade.branches.control_plane.operations import Operations
from colonnade.branches.control_plane.requests import Answer, RefusalError, Request, Route, route
from colonnade.branches.local import LocalProvider
from colonnade.branches.local.catalog import StoredDatabase, make_role, read_branches, read_databases, set_password
from colonnade.branches.local.contents import (
    add_database,
    common_name,
    drop_role,
    find_role,
    has_endpoint,
    remove_database,
    roles,
    set_endpoint,
)
from colonnade.branches.local.naming import find_database
from colonnade.branches.local.schema_only import dump_schema
from colonnade.postgres import Session

_BRANCH = "/projects/{project}/branches/{branch}"
_ENDPOINTS = "/projects/{project}/endpoints"


class InsideRoutes:
    """The requests, answered from the local provider.

    All branches share one server. So a database is called by its name on the server, where that of every branch has
    another one; the name that is common to the branches is understood too.
    """

    def __init__(self, local: LocalProvider, operations: Operations) -> None:
        """Answer from this provider."""
        self._local = local
        self._operations = operations

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (
            route("GET", f"{_BRANCH}/endpoints", self._list_endpoints),
            route("GET", _ENDPOINTS, self._list_all_endpoints),
            route("POST", _ENDPOINTS, self._create_endpoint),
            route("GET", f"{_ENDPOINTS}/{{endpoint}}", self._get_endpoint),
            route("DELETE", f"{_ENDPOINTS}/{{endpoint}}", self._delete_endpoint),
            *(
                route("POST", f"{_ENDPOINTS}/{{endpoint}}/{verb}", self._touch_endpoint)
                for verb in ("start", "suspend", "restart")
            ),
            route("GET", f"{_BRANCH}/roles", self._list_roles),
            route("POST", f"{_BRANCH}/roles", self._create_role),
            route("GET", f"{_BRANCH}/roles/{{role}}", self._get_role),
            route("DELETE", f"{_BRANCH}/roles/{{role}}", self._delete_role),
            route("GET", f"{_BRANCH}/roles/{{role}}/reveal_password", self._reveal_password),
            route("POST", f"{_BRANCH}/roles/{{role}}/reset_password", self._reset_password),
            route("GET", f"{_BRANCH}/databases", self._list_databases),
            route("POST", f"{_BRANCH}/databases", self._create_database),
            route("GET", f"{_BRANCH}/databases/{{database}}", self._get_database),
            route("DELETE", f"{_BRANCH}/databases/{{database}}", self._delete_database),
            route("GET", f"{_BRANCH}/schema", self._schema),
            route("GET", f"{_BRANCH}/compare_schema", self._compare_schema),
            route("GET", "/projects/{project}/connection_uri", self._connection_uri),
        )

    def _list_endpoints(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            found = [self._endpoint(branch)] if has_endpoint(session, branch) else []
        return Answer(body={"endpoints": found})

    def _list_all_endpoints(self, _: Request) -> Answer:
        with self._local.session() as session:
            found = [each for each in read_branches(session) if has_endpoint(session, each)]
        return Answer(body={"endpoints": [self._endpoint(each) for each in found]})

    def _create_endpoint(self, request: Request) -> Answer:
        given = request.inner("endpoint")
        if given.get("type") != "read_write":
            raise RefusalError(422, "a local branch has one endpoint of type read_write at most")
        with self._local.session() as session:
            branch = find(read_branches(session), str(given.get("branch_id")))
            if has_endpoint(session, branch):
                raise RefusalError(409, "read_write endpoint already exists")
            set_endpoint(session, branch, there=True)
        return Answer(
            status=201,
            body={"endpoint": self._endpoint(branch), "operations": self._start(request, branch, "start_compute")},
        )

    def _get_endpoint(self, request: Request) -> Answer:
        return Answer(body={"endpoint": self._endpoint(self._owner(request))})

    def _delete_endpoint(self, request: Request) -> Answer:
        branch = self._owner(request)
        with self._local.session() as session:
            set_endpoint(session, branch, there=False)
        return self._touched(request, branch, "suspend_compute")

    def _touch_endpoint(self, request: Request) -> Answer:
        return self._touched(request, self._owner(request), "start_compute")

    def _list_roles(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            found = [role_body(branch.id, each.name, each.created_at) for each in roles(session)]
        return Answer(body={"roles": found})

    def _create_role(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            name = str(request.inner("role").get("name") or "")
            make_role(session, name)
            role = find_role(session, name)
        body = {**role_body(branch.id, role.name, role.created_at), "password": role.password}
        return self._made(request, branch, "role", body, status=201)

    def _get_role(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            role = find_role(session, request.parts["role"])
        return Answer(body={"role": role_body(branch.id, role.name, role.created_at)})

    def _delete_role(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            role = drop_role(session, request.parts["role"])
        return self._made(request, branch, "role", role_body(branch.id, role.name, role.created_at))

    def _reveal_password(self, request: Request) -> Answer:
        with self._inside(request) as (session, _):
            return Answer(body={"password": find_role(session, request.parts["role"]).password})

    def _reset_password(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            role = find_role(session, request.parts["role"])
            password = set_password(session, role.name)
        body = {**role_body(branch.id, role.name, role.created_at), "password": password}
        return self._made(request, branch, "role", body)

    def _list_databases(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            found = [_database(branch, each) for each in read_databases(session, branch.id)]
        return Answer(body={"databases": found})

    def _create_database(self, request: Request) -> Answer:
        given = request.inner("database")
        with self._inside(request) as (session, branch):
            made = add_database(session, branch, str(given.get("name") or ""), str(given.get("owner_name") or ""))
        return self._made(request, branch, "database", _database(branch, made), status=201)

    def _get_database(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            found = find_database(read_databases(session, branch.id), request.parts["database"])
        return Answer(body={"database": _database(branch, found)})

    def _delete_database(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            gone = remove_database(session, branch, request.parts["database"])
        return self._made(request, branch, "database", _database(branch, gone))

    def _schema(self, request: Request) -> Answer:
        if request.query.get("format", "sql") != "sql":
            raise RefusalError(422, "a local schema has the format sql only")
        with self._inside(request) as (session, branch):
            return Answer(body={"sql": self._dump(session, branch, request.needed("db_name"))})

    def _compare_schema(self, request: Request) -> Answer:
        with self._inside(request) as (session, branch):
            base = find(read_branches(session), request.query.get("base_branch_id") or str(branch.parent_id))
            name = request.needed("db_name")
            before, after = (self._dump(session, each, name).splitlines(keepends=True) for each in (base, branch))
        return Answer(body={"diff": "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))})

    def _connection_uri(self, request: Request) -> Answer:
        branch_id = request.query.get("branch_id")
        with self._local.session() as session:
            known = read_branches(session)
            branch = find(known, branch_id) if branch_id else next(each for each in known if each.default)
            name = common_name(session, request.needed("database_name"))
        target = Target(database=name, role=request.needed("role_name"), pooled=request.flag("pooled"))
        return Answer(body={"uri": self._local.url(branch.id, target).url})

    @contextmanager
    def _inside(self, request: Request) -> Iterator[tuple[Session, Branch]]:
        """Lend a session on the catalog, with the branch of the path."""
        with self._local.session() as session:
            yield session, find(read_branches(session), request.parts["branch"])

    def _owner(self, request: Request) -> Branch:
        """Return the branch of the endpoint in the path."""
        with self._local.session() as session:
            for branch in read_branches(session):
                if endpoint_id(branch.id) == request.parts["endpoint"] and has_endpoint(session, branch):
                    return branch
        raise RefusalError(404, "endpoint not found")

    def _endpoint(self, branch: Branch) -> dict[str, Any]:
        return endpoint_body(branch, host=":".join(self._local.home.address))

    def _touched(self, request: Request, branch: Branch, action: str) -> Answer:
        return Answer(body={"endpoint": self._endpoint(branch), "operations": self._start(request, branch, action)})

    def _made(self, request: Request, branch: Branch, kind: str, body: dict[str, Any], *, status: int = 200) -> Answer:
        return Answer(status=status, body={kind: body, "operations": self._start(request, branch, "apply_config")})

    def _start(self, request: Request, branch: Branch, *actions: str) -> list[dict[str, Any]]:
        return self._operations.start(
            *actions, branch_id=branch.id, endpoint_id=endpoint_id(branch.id), fault=request.fault
        )

    def _dump(self, session: Session, branch: Branch, name: str) -> str:
        """Return the DDL of a database by either of its names, or by that of its like in another branch."""
        database = find_database(read_databases(session, branch.id), common_name(session, name))
        return dump_schema(self._local.home, session.dsn.with_database(database.stored_as))


def _database(branch: Branch, database: StoredDatabase) -> dict[str, Any]:
    return database_body(branch.id, database.stored_as, database.owner, database.number, branch.created_at)
