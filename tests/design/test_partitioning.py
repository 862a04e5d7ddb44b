"""Which tables are split by time, and that the split works."""

from __future__ import annotations

import pytest
from sample_specs import designed, of, text

from colonnade.emit.ddl import script
from colonnade.postgres import Session
from colonnade.spec import Attribute, Entity, Relationship, Spec, Uniqueness, ValueType, Volume

_MILLION = 1_000_000


def _log(volume: Volume, *, append_only: bool = True, more: tuple[Uniqueness, ...] = ()) -> Spec:
    event = Entity(
        name="Event",
        attributes=(text("kind"), of("happened_at", "timestamp", role="created")),
        append_only=append_only,
        volume=volume,
    )
    return Spec(name="log", entities=(event,), invariants=more)


@pytest.mark.parametrize(
    ("volume", "append_only", "split"),
    [
        (Volume(rows=60 * _MILLION, keep_days=30), True, True),
        (Volume(rows=60 * _MILLION, keep_days=30), False, True),
        (Volume(rows=40 * _MILLION, keep_days=30), True, False),
        (Volume(rows=600 * _MILLION), True, True),
        (Volume(rows=600 * _MILLION), False, False),
        (Volume(rows=60 * _MILLION), True, False),
    ],
)
def test_only_huge_tables_that_expire_or_only_grow_are_split(volume: Volume, append_only: bool, split: bool) -> None:
    table = designed(_log(volume, append_only=append_only)).schema.table("events")
    assert (table.partition_key is not None) == split


def test_primary_key_takes_the_time_in() -> None:
    table = designed(_log(Volume(rows=60 * _MILLION, keep_days=30))).schema.table("events")
    assert table.primary_key is not None
    assert table.primary_key.columns == ("id", "happened_at")


def test_unique_rule_without_the_time_keeps_a_table_whole_and_says_so() -> None:
    rule = Uniqueness(entity="Event", keys=("kind",))
    design = designed(_log(Volume(rows=60 * _MILLION, keep_days=30), more=(rule,)))
    assert design.schema.table("events").partition_key is None
    (decision,) = (each for each in design.decisions if each.question == "partitioning of events")
    assert "would hold only within each partition" in decision.reason


def test_table_that_others_refer_to_stays_whole() -> None:
    spec = _log(Volume(rows=60 * _MILLION, keep_days=30))
    note = Entity(name="Note", attributes=(Attribute(name="body", type=ValueType(base="text"), required=True),))
    reference = Relationship(name="event", source="Note", target="Event", kind="N-1", required=True)
    spec = spec.model_copy(update={"entities": (*spec.entities, note), "relationships": (reference,)})
    design = designed(spec)
    assert design.schema.table("events").partition_key is None
    assert any("notes would have to refer to it" in each.reason for each in design.decisions)


def test_small_table_leaves_no_decision() -> None:
    design = designed(_log(Volume(rows=1000, keep_days=30)))
    assert not [each for each in design.decisions if each.question.startswith("partitioning")]


@pytest.mark.parametrize(("keep_days", "made"), [(30, 4), (100, 4), (700, 4)])
def test_maintenance_makes_coming_partitions_and_detaches_expired_ones(
    database: Session, keep_days: int, made: int
) -> None:
    design = designed(_log(Volume(rows=60 * _MILLION, keep_days=keep_days)))
    database.script(script(design.schema))
    assert database.value("SELECT maintain_events_partitions()") == made
    assert database.value("SELECT maintain_events_partitions()") == 0
    database.execute("INSERT INTO events (kind, happened_at) VALUES ('now', now())")
    assert database.value("SELECT count(*) FROM events_default") == 0
    database.execute(
        "CREATE TABLE events_p20010101 PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2001-01-02')"
    )
    database.execute("INSERT INTO events (kind, happened_at) VALUES ('old', '2001-01-01 12:00')")
    database.value("SELECT maintain_events_partitions()")
    assert database.value("SELECT count(*) FROM events") == 1
    assert database.value("SELECT count(*) FROM events_p20010101") == 1


def test_rows_outside_of_every_partition_are_kept(database: Session) -> None:
    design = designed(_log(Volume(rows=60 * _MILLION, keep_days=30)))
    database.script(script(design.schema))
    database.execute("INSERT INTO events (kind, happened_at) VALUES ('late', '1999-01-01')")
    assert database.value("SELECT count(*) FROM events_default") == 1
