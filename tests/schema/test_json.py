"""Law: a schema and a spec are what their JSON says."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from pydantic import TypeAdapter

from colonnade.schema import Schema
from colonnade.spec import Spec
from schema_strategies import schemas
from strategies import specs

# Half as many as others: a design, whose law runs in full, holds a schema and a spec.
_LAW = settings(
    deadline=None,
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_SCHEMA = TypeAdapter(Schema)


@_LAW
@given(schemas())
def test_schema_survives_json(schema: Schema) -> None:
    found = _SCHEMA.validate_json(_SCHEMA.dump_json(schema))
    assert found == schema
    assert found.fingerprint == schema.fingerprint


@_LAW
@given(specs())
def test_spec_survives_json(spec: Spec) -> None:
    assert Spec.model_validate_json(spec.model_dump_json()) == spec
