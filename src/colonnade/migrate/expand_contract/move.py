"""A column and the one that takes its place, and the trigger that keeps the two in step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from colonnade.migrate.conditions import exists, has_type
from colonnade.schema import Column, Function, Table, Trigger
from colonnade.sql.identifier import fit, qualified, quote

# What is written as text, and what is not, must mean the same whoever writes.
CONVERSION_SETTINGS = (("DateStyle", "ISO, MDY"), ("TimeZone", "UTC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Two columns of a table: `old` is what old code uses, `new` what new code does.

    `first` and `final` are the names that the column has before and after the chain: the same where only its type
    changes. `forth` and `back` stand behind a value to make it one of the other type, empty where the types are the
    same; `assigned_forth` and `assigned_back` do where it is assigned, which takes less.
    """

    table: Table
    old: Column
    new: Column
    first: str
    final: str
    forth: str = ""
    back: str = ""
    assigned_forth: str = ""
    assigned_back: str = ""

    @property
    def switches(self) -> bool:
        """Whether old and new code use one name, which has to go from one column to the other."""
        return self.first == self.final

    def switched(self) -> Self:
        """Return the move when the names have been exchanged."""
        old, new = replace(self.old, name=aside(self.first)), replace(self.new, name=self.final)
        return replace(self, old=old, new=new)

    @property
    def contracted(self) -> str:
        """The condition that the chain is beyond all but its last revision."""
        if self.switches:
            return has_type(self.table, self.final, self.new.type)
        return self.gone

    @property
    def taken_back(self) -> str:
        """The condition that the way back is beyond all but its last revision."""
        if self.switches:
            return has_type(self.table, self.first, self.old.type)
        return f"NOT {exists(self.new, self.table)}"

    @property
    def gone(self) -> str:
        """The condition that the old column is dropped."""
        return f"NOT {exists(self.old, self.table)}"

    @property
    def old_default(self) -> str | None:
        """What a row gets in which neither column is given, as the default of the old one."""
        if self.old.default is None and self.new.default is not None:
            return f"({self.new.default}){self.back}" if self.back else self.new.default
        return self.old.default

    @property
    def new_default(self) -> str | None:
        """The default of the new column meanwhile: none where every row has a value, so that NULL is "not given"."""
        if self.new.not_null or self.old_default is None:
            return None
        if self.new.default is None:
            return f"({self.old.default}){self.forth}" if self.forth else self.old.default
        return self.new.default

    @property
    def differ(self) -> str:
        """The condition on a row that neither column has the value of the other."""
        old, new = quote(self.old.name), quote(self.new.name)
        alike = _alike(f"{old}{self.forth}", new)
        if self.back:  # 1.50 is written to an integer as 1
            alike = f"CASE WHEN {alike} THEN true ELSE {_alike(f'{new}{self.back}', old)} END"
        return f"NOT {alike}"

    @property
    def trigger(self) -> Trigger:
        """The trigger that keeps the two in step."""
        name = fit(f"{self.table.name}_{self.first}_in_step")
        function = qualified(self.table.namespace, name)
        return Trigger(name=name, timing="BEFORE", events=("INSERT", "UPDATE"), function=function)

    @property
    def function(self) -> Function:
        """The function of the trigger."""
        configuration = (*CONVERSION_SETTINGS, ("search_path", "public, pg_temp")) if self.forth else ()
        return Function(
            name=self.trigger.name,
            namespace=self.table.namespace,
            arguments="",
            returns="trigger",
            language="plpgsql",
            body=self._body(),
            configuration=configuration,
        )

    def _body(self) -> str:
        old, new = f"NEW.{quote(self.old.name)}", f"NEW.{quote(self.new.name)}"
        to_new, to_old = [f"{new} := {old}{self.assigned_forth};"], [f"{old} := {new}{self.assigned_back};"]
        if self.back:  # what old code has written stays as it is written, if it means the same
            to_old = [f"IF {_differs(f'{old}{self.forth}', new)} THEN", f"    {to_old[0]}", "END IF;"]
        absent = f"({self.new_default})::{self.new.type}" if self.new_default else f"NULL::{self.new.type}"
        given = [(f"IF {_differs(new, absent)} THEN", to_old), ("ELSE", to_new)]
        changed = [
            (f"IF {_differs(new, f'OLD.{quote(self.new.name)}')} THEN", to_old),
            (f"ELSIF {_differs(old, f'OLD.{quote(self.old.name)}')} THEN", to_new),
            (f"ELSIF {new} IS NULL THEN", to_new),
            (f"ELSIF {old} IS NULL THEN", to_old),
        ]
        lines = _branches([("IF TG_OP = 'INSERT' THEN", _branches(given)), ("ELSE", _branches(changed))])
        return "\n".join(["", "BEGIN", *_indented([*lines, "RETURN NEW;"]), "END", ""])


def _branches(branches: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """Return the lines of an IF."""
    return [*(line for head, body in branches for line in (head, *_indented(body))), "END IF;"]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def aside(column: str) -> str:
    """Return what the old column is called when the new one has its name."""
    return fit(f"{column}_old")


def beside(name: str) -> str:
    """Return what is called so until its name is free."""
    return fit(f"{name}_new")


def _alike(one: str, other: str) -> str:
    """Return the condition that two values are the same to the byte: not every type has an equality.

    The casts keep Postgres from comparing column by column, by operators of their types.
    """
    return f"ROW({one})::record *= ROW({other})::record"


def _differs(one: str, other: str) -> str:
    return f"ROW({one})::record *<> ROW({other})::record"
