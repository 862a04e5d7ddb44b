"""Claims about the code that runs while and after a migration does: in which order both may be deployed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from colonnade.postgres import Server, Session
from colonnade.prove.claim import Evidence
from colonnade.prove.rehearsal.evidence import judged, untried
from colonnade.prove.rehearsal.shapes import Broken, Shape, broken, shapes
from colonnade.prove.rehearsal.traffic import CLIENTS, Observed, going_on, without_migration
from colonnade.schema import Schema

Copy = Callable[[], AbstractContextManager[Session]]
_SHOWN = 12
_ORDER = "deploy/order", "old code or new code runs on both schemas"
_WAITS = "traffic/waits", "no statement of the old code waits for longer than usual"
_REFUSED = "traffic/refused", "no statement of the old code is refused while the migration runs"
_RUNS = "traffic/runs", "the upgrade runs while the old code goes on"
_NO_CODE = "no statement can be made that runs on the schema"


def without_rows() -> tuple[Evidence, ...]:
    """Return that none of this was tried: code needs rows to read and change."""
    return tuple(untried(*each, "nobody asked for rows") for each in (_ORDER, _RUNS, _WAITS, _REFUSED))


def deploy_order(copy: Copy, go: Callable[[Session], object], before: Schema, after: Schema, *, rows: int) -> Evidence:
    """Return in which order code and migration can be deployed: what either sends is tried on the other's schema.

    `copy` lends a database at the start of the way, `go` brings it to its end.
    """
    with copy() as session:
        old = shapes(session, before, new_row=rows + 1)
    with copy() as session:
        go(session)
        of_old = broken(session, old)
        new = shapes(session, after, new_row=rows + 1)
    with copy() as session:
        of_new = broken(session, new)
    if not old and not new:
        return untried(*_ORDER, _NO_CODE)
    orders = [*(() if of_old else ("migrate first",)), *(() if of_new else ("deploy the code first",))]
    problem = "" if orders else "the old code does not run on the new schema, nor the new code on the old one"
    fine = "either order" if len(orders) > 1 else "".join(orders)
    return judged(
        *_ORDER,
        problem,
        fine=fine,
        details=(*_told("old code on the new schema", of_old), *_told("new code on the old schema", of_new)),
    )


def under_traffic(
    session: Session, server: Server, go: Callable[[Session], str], before: Schema, *, rows: int, budget_ms: float
) -> tuple[Evidence, ...]:
    """Return what became of statements of the old code that went on while the migration ran on a database.

    None may take more than `budget_ms` longer than without it. `go` runs the migration, and returns what ended it.
    """
    clients = [
        shapes(session, before, row=min(client, rows), new_row=rows + client) for client in range(1, CLIENTS + 1)
    ]
    if not all(clients):
        return tuple(untried(*each, _NO_CODE) for each in (_RUNS, _WAITS, _REFUSED))
    database = session.dsn.database
    control = without_migration(server, database, clients)
    with going_on(server, database, clients) as observed:
        problem = go(session)
    found = observed()
    return (
        judged(*_RUNS, problem, fine="it came to its end"),
        _waits(found, control, clients[0], budget_ms),
        _refused(found, control),
    )


def _waits(found: Observed, control: Observed, shapes: Sequence[Shape], budget_ms: float) -> Evidence:
    tables = dict.fromkeys(each.table for each in shapes)
    more = {table: found.longest_ms(table) - control.longest_ms(table) for table in tables}
    worst = max(more, key=lambda table: more[table])
    over = [table for table in tables if more[table] > budget_ms]
    told = f"{worst}: {found.longest_ms(worst):.0f} ms, {control.longest_ms(worst):.0f} ms without the migration"
    chain = tuple(str(each) for each in found.chain[:_SHOWN]) if over else ()
    return judged(
        _WAITS[0],
        f"no statement of the old code waits for more than {budget_ms:g} ms longer than without it",
        told if over else "",
        fine=told,
        details=chain,
    )


def _refused(found: Observed, control: Observed) -> Evidence:
    new = [each for each in found.refused if each not in control.refused]
    return judged(
        *_REFUSED,
        "; ".join(new[:_SHOWN]),
        fine="none",
    )


def _told(which: str, found: Sequence[Broken]) -> tuple[str, ...]:
    shown = tuple(f"{which}: {each}" for each in found[:_SHOWN])
    return (*shown, f"{which}: and {len(found) - _SHOWN} more") if len(found) > _SHOWN else shown
