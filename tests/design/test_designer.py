"""The designer as a whole: laws over random specs."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from colonnade.design.designer import design
from colonnade.spec import Spec
from strategies import specs

LAW = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(specs())
def test_equal_specs_give_equal_designs(spec: Spec) -> None:
    first, second = design(spec), design(spec.model_copy(deep=True))
    assert first == second
    assert first.schema.fingerprint == second.schema.fingerprint
