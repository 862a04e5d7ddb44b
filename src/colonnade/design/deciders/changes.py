"""Which changes of a row are refused, and how many rows there may be: rules that no constraint can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from colonnade.design.decision import Decision, Draft, Rejected
from colonnade.design.drafting import Drafting
from colonnade.design.history import attribute_with_role, both, live_predicate
from colonnade.design.names import column_name, constraint_name, free_name
from colonnade.design.ownership import application_role, isolated
from colonnade.design.places import Places
from colonnade.design.programs import counting_policy, limit_rows, refuse_change, refuse_step, with_rights_of_owner
from colonnade.design.references import References
from colonnade.design.rules import (
    application_rule,
    columns_of,
    constraint_names,
    function_object,
    row_condition,
    trigger_object,
)
from colonnade.errors import DesignError
from colonnade.schema import ForeignKey, Function, Table, Trigger
from colonnade.spec import AppendOnly, CardinalityLimit, Entity, Spec, Transition
from colonnade.spec.value import Fact
from colonnade.sql import expression as sql
from colonnade.sql.identifier import quote

_SOURCE = "postgresql.org/docs/current/plpgsql-trigger.html"
_NO_CHECK = Rejected(choice="a CHECK", reason="It sees one row in one state: neither the one before nor other rows.")
_IN_CODE = Rejected(choice="the application only", reason="A job, a console or another service would not keep it.")
_PARENT_LOCK = Rejected(
    choice="a lock on the row that they belong to",
    reason="It needs the right to update that row, and to see it; it makes every other change of that row wait.",
)
_LIMIT_REASON = (
    "The rule counts other rows, which no constraint can. The trigger first takes a lock on the values that they "
    "agree on, for which no privilege is needed: of two writers the second waits and then counts what the first has "
    "committed, where a bare count would let both in. A row that moves is counted where it goes, and each row of one "
    "statement after all of them are in. (Under REPEATABLE READ a snapshot does not show that commit; where all "
    "writers are SERIALIZABLE, one of them fails with 40001.)"
)
_DIVIDED_REASON = (
    " Row security shows a writer the own rows only, so the function counts with the rights of the table's owner, "
    "through a policy that holds while it runs."
)


class ChangeDecider:
    """Holds limits on the number of rows, declared state changes and append-only rows with triggers."""

    def decide(self, spec: Spec, draft: Draft) -> tuple[Draft, tuple[Decision, ...]]:
        """Return the draft with its refusing triggers."""
        drafting = Drafting(draft)
        references = References(spec)
        places = Places(spec, draft)
        for invariant in (*spec.invariants, *_flagged(spec)):
            match invariant:
                case CardinalityLimit(maximum=maximum) if maximum != 1:
                    _limit(drafting, references, invariant, divided=_is_divided(places, invariant.entity))
                case Transition():
                    _transition(drafting, references, invariant)
                case AppendOnly():
                    _append_only(drafting, references, invariant)
                case _:
                    pass
        return drafting.finish()


def _is_divided(places: Places, entity: str) -> bool:
    """Tell whether row security will divide the entity's rows among their owners."""
    return bool(application_role(places.spec)) and isolated(places, places.entities[entity])


def _flagged(spec: Spec) -> Iterator[AppendOnly]:
    """Yield the append-only rule of each entity that is flagged so and has no such rule of its own."""
    stated = {each.entity for each in spec.invariants if isinstance(each, AppendOnly) and not each.attributes}
    for entity in spec.entities:
        if entity.append_only and entity.name not in stated:
            yield AppendOnly(entity=entity.name, at=entity.at)


def _limit(drafting: Drafting, references: References, rule: CardinalityLimit, *, divided: bool) -> None:
    """Add the trigger that counts; `divided` says that row security shows nobody but the owner all the rows."""
    entity = references.entities[rule.entity]
    table = drafting.table(rule.entity)
    condition = row_condition(references, rule.entity, rule.where)
    sentence = f"at most {rule.maximum} rows per {', '.join(rule.per) or 'table'}"
    if condition.obstacle:
        drafting.decide(application_rule(table, sentence, condition.obstacle, rule.at))
        return
    per = tuple(column for name in rule.per for column in columns_of(references, rule.entity, name, rule))
    names = references.names(rule.entity)
    watched = [*per, *(column for name in sql.value_names(rule.where or "", names) for column in names[name])]
    marker = attribute_with_role(entity, "deleted")
    watched += [column_name(marker)] if marker else []
    name = _free(drafting, table, "limit", *per)
    function = limit_rows(name, table, per, rule.maximum, both(condition.text, live_predicate(entity)))
    trigger = Trigger(
        name=name,
        timing="AFTER",
        events=("INSERT", "UPDATE") if watched else ("INSERT",),
        update_columns=tuple(dict.fromkeys(watched)),
        function=quote(function.name),
        constraint=True,
    )
    reason = _LIMIT_REASON
    if divided:
        function = with_rights_of_owner(function, namespace=table.namespace if drafting.extensions else "")
        table = _counted(drafting, table)
        reason += _DIVIDED_REASON
    _add(drafting, table, trigger, function)
    made = _decision(table, f"limit of {table.name}: {sentence}", trigger, reason, rule)
    drafting.decide(replace(made, rejected=(*made.rejected, _PARENT_LOCK)))


def _counted(drafting: Drafting, table: Table) -> Table:
    """Return the table with the policy that lets its owner count, which several limits share."""
    policy = counting_policy(table)
    if policy in table.policies:
        return table
    counted = replace(table, policies=(*table.policies, policy))
    drafting.put(counted)
    return counted


def _free(drafting: Drafting, table: Table, *parts: str) -> str:
    """Return a name that no constraint of the table and no function has."""
    return free_name(constraint_name("ck", table.name, *parts), constraint_names(table) | drafting.functions.keys())


def _transition(drafting: Drafting, references: References, rule: Transition) -> None:
    table = drafting.table(rule.entity)
    entity = references.entities[rule.entity]
    _refuse_unknown_states(entity, rule)
    (column,) = columns_of(references, rule.entity, rule.attribute, rule)
    name = _free(drafting, table, column, "transition")
    function = refuse_step(name, column, rule.steps)
    quoted = quote(column)
    first_time = "" if table.column(column).not_null else f" AND OLD.{quoted} IS NOT NULL"
    trigger = Trigger(
        name=name,
        timing="BEFORE",
        events=("UPDATE",),
        update_columns=(column,),
        function=quote(function.name),
        condition=f"OLD.{quoted} IS DISTINCT FROM NEW.{quoted}{first_time}",
    )
    _add(drafting, table, trigger, function)
    steps = ", ".join(f"{before} to {after}" for before, after in rule.steps)
    reason = f"The spec lets {column} change only from {steps}; only a trigger sees the state before and after."
    drafting.decide(_decision(table, f"transitions of {table.name}.{column}", trigger, reason, rule))


def _refuse_unknown_states(entity: Entity, rule: Transition) -> None:
    values = entity.attribute(rule.attribute).type.values if entity.has_attribute(rule.attribute) else ()
    unknown = sorted({state for step in rule.steps for state in step} - set(values))
    if values and unknown:
        raise DesignError(
            f'"{unknown[0]}" is no value of "{rule.entity}.{rule.attribute}"',
            detail=f"A transition names it; the values are {', '.join(values)}.",
            at=next(iter(rule.at), None),
        )


def _append_only(drafting: Drafting, references: References, rule: AppendOnly) -> None:
    table = drafting.table(rule.entity)
    if table.external:
        drafting.decide(application_rule(table, "append-only", "Another product owns the table.", rule.at))
        return
    columns = tuple(
        dict.fromkeys(column for name in rule.attributes for column in columns_of(references, rule.entity, name, rule))
    )
    function = refuse_change()
    taken = constraint_names(table)
    if columns:
        changed = " OR ".join(f"OLD.{quote(column)} IS DISTINCT FROM NEW.{quote(column)}" for column in columns)
        update = Trigger(
            name=free_name(constraint_name("ck", table.name, *columns, "unchanged"), taken),
            timing="BEFORE",
            events=("UPDATE",),
            update_columns=columns,
            function=quote(function.name),
            condition=changed,
        )
        triggers: tuple[Trigger, ...] = (update,)
    else:
        triggers = _refusing_triggers(table, taken, function)
    for trigger in triggers:
        table = _add(drafting, table, trigger, function)
    what = f"{', '.join(columns)} of a row is" if columns else "a row is"
    reason = f"The spec says that {what} never changed once written; privileges alone would not stop the owner."
    if any(trigger.condition and "depth" in trigger.condition for trigger in triggers):
        reason += " What a foreign key does when a referenced row goes is let through."
    decision = _decision(table, f"changes of {table.name}", triggers[0], reason, rule)
    others = tuple(trigger_object(table, trigger.name) for trigger in triggers[1:])
    drafting.decide(replace(decision, shaped=(*decision.shaped, *others)))


def _refusing_triggers(table: Table, taken: frozenset[str], function: Function) -> tuple[Trigger, ...]:
    """Return the triggers against updates and deletes; what a foreign key's action does is let through."""
    actions = {key.on_delete for key in table.foreign_keys} | {key.on_update for key in table.foreign_keys}
    deletes = "CASCADE" in {key.on_delete for key in table.foreign_keys}
    updates = bool(actions & {"SET NULL", "SET DEFAULT"}) or any(_follows(key) for key in table.foreign_keys)
    top = "pg_trigger_depth() = 0"
    wanted = (("no_update", "UPDATE", updates), ("no_delete", "DELETE", deletes))
    return tuple(
        Trigger(
            name=free_name(constraint_name("ck", table.name, suffix), taken),
            timing="BEFORE",
            events=("UPDATE",) if event == "UPDATE" else ("DELETE",),
            function=quote(function.name),
            condition=top if by_action else None,
        )
        for suffix, event, by_action in wanted
    )


def _follows(key: ForeignKey) -> bool:
    return key.on_update == "CASCADE"


def _add(drafting: Drafting, table: Table, trigger: Trigger, function: Function) -> Table:
    drafting.functions[function.name] = function
    return drafting.add(table, triggers=(trigger,))


def _decision(table: Table, question: str, trigger: Trigger, reason: str, rule: Fact) -> Decision:
    events = " OR ".join(trigger.events)
    return Decision(
        question=question,
        choice=f"trigger {trigger.name}, {trigger.timing} {events}, refusing with SQLSTATE 23514",
        reason=reason,
        rejected=(_NO_CHECK, _IN_CODE),
        shaped=(trigger_object(table, trigger.name), function_object(trigger.function.strip('"'))),
        facts=rule.at,
        source=_SOURCE,
    )
