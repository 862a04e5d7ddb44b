"""Plans in safe stages: they lead there and back with every row, and a second run has nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from plans import SAFE_CASES, built, halves, is_like, planned, run
from test_diff_cases import CASES, rows_of

from colonnade.postgres import Server


@pytest.fixture(scope="module", autouse=True)
def _roles(server: Server) -> Iterator[None]:
    """Drop the roles that the cases make."""
    with server.temporary_roles():
        yield


@pytest.mark.parametrize("case", [*SAFE_CASES, *CASES], ids=lambda path: path.stem)
def test_a_plan_leads_there_and_back_and_a_second_run_has_nothing_to_do(server: Server, case: Path) -> None:
    before, after = halves(case)
    with server.scratch_database() as one, server.scratch_database() as two:
        start, goal = built(one, before), built(two, after)
        counted = rows_of(one)
        up = planned(server, one, goal)
        assert run(one, up) == sum(not stage.done for stage in up.stages)
        assert is_like(one, goal)
        lost, left = ", ".join(up.losses), rows_of(one)
        kept = [name for name in counted if f"the rows of {name}" not in lost]
        assert {name: counted[name] for name in kept} == {name: left[name] for name in kept}
        down = planned(server, one, start)
        assert is_like(one, start)
        assert up.after == down.before
