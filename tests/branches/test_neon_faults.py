"""The law of branches under faults: none is lost, none is made twice, and no temporary one stays."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from branches_support import Clock, clean
from colonnade.branches import Branch, BranchProvider, NewBranch
from colonnade.branches.control_plane import FAULTS, Fault
from colonnade.branches.local import LocalProvider
from colonnade.errors import ColonnadeError
from neon_workshop import provider

FAULTY = st.one_of(st.none(), st.sampled_from(FAULTS))
READS = st.lists(FAULTY, max_size=16)
CHANGES = st.lists(FAULTY, min_size=1, max_size=6)
# Nothing can befall a branch that was never made.
ACTIONS = st.lists(
    st.tuples(st.sampled_from(("create", "delete", "reset", "restore")), st.sampled_from(("a", "a", "b"))), max_size=2
).map(lambda more: [("create", "a"), *more])
TTL = timedelta(days=1)
# A few of what a law gets, since each example copies databases: 25 in the suite, 1,000 by hand.
EXAMPLES = 25 if settings().max_examples <= 500 else settings().max_examples // 10


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(reads=[], changes=["failed_operation"], actions=[("create", "a")])
@example(reads=[], changes=["lost_response", "lost_response"], actions=[("create", "a"), ("delete", "a")])
@example(reads=[], changes=[None, "lost_response"], actions=[("create", "a"), ("restore", "a")])
@given(reads=READS, changes=CHANGES, actions=ACTIONS)
def test_no_branch_is_lost_or_made_twice_or_left(
    local: LocalProvider,
    clock: Clock,
    reads: list[Fault | None],
    changes: list[Fault | None],
    actions: list[tuple[str, str]],
) -> None:
    clean(local)
    with provider(local, clock, reads, changes=changes) as found:
        for action, name in actions:
            before = {each.name: each for each in local.branches()}
            try:
                returned = act(found, clock, action, name)
            except ColonnadeError as problem:
                after_failure(local, before, action, name, problem)
            else:
                after_success(local, before, action, name, returned)
            assert [each.name for each in local.branches() if each.default] == ["main"]
    clock.now += 2 * TTL
    local.prune()
    assert [each.name for each in local.branches()] == ["main"]


def act(found: BranchProvider, clock: Clock, action: str, name: str) -> Branch | None:
    """Do one thing, and return the branch that there is then."""
    clock.now += timedelta(seconds=1)
    match action:
        case "create":
            return found.create(NewBranch(name=name, expires_at=clock.now + TTL))
        case "reset":
            return found.reset(name)
        case "restore":
            return found.restore(name, "main")
        case _:
            found.delete(name)
            return None


def after_success(
    local: LocalProvider, before: dict[str, Branch], action: str, name: str, returned: Branch | None
) -> None:
    """Check that what was done was done once, to this branch alone."""
    now = {each.name: each for each in local.branches()}
    assert now.keys() - {name} == before.keys() - {name}
    if returned is None:
        assert name not in now
        return
    assert now[name].id == returned.id
    if action == "create":
        assert name not in before
        assert now[name].expires_at is not None
    else:
        assert now[name].id == before[name].id
        assert now[name].last_reset_at != before[name].last_reset_at


def after_failure(
    local: LocalProvider, before: dict[str, Branch], action: str, name: str, problem: ColonnadeError
) -> None:
    """Check that nothing is there which was not, unless we were told; and then it ends by itself."""
    now = {each.name: each for each in local.branches()}
    assert now.keys() - {name} == before.keys() - {name}
    if action == "create" and name not in before and name in now:
        assert now[name].expires_at is not None
        assert now[name].id in problem.hint or "branch list" in problem.hint
    elif name in before and name in now:
        assert now[name].id == before[name].id
    elif name in before:
        assert action == "delete"
