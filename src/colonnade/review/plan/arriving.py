"""Faults of a schema that a migration brings in, reported on the statement that does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from colonnade.review.discovery import AnyRule
from colonnade.review.finding import Evidence, Finding
from colonnade.review.manual import ManualPage
from colonnade.review.plan.former_names import former_name
from colonnade.review.plan.migration import Migration, Statement
from colonnade.review.rule import Rule
from colonnade.review.schema_subject import ReviewedSchema
from colonnade.schema import Schema


class Arriving(Rule[Migration]):
    """A rule about schemas as a rule about migrations: what it finds after and did not find before."""

    def __init__(self, rule: AnyRule) -> None:
        """Look for what the other rule looks for; code, name and severity are its own."""
        self._rule = rule
        self.code = rule.code  # type: ignore[misc] # here one class stands for many rules
        self.name = rule.name  # type: ignore[misc]
        self.severity = rule.severity  # type: ignore[misc]
        self.default = rule.default  # type: ignore[misc]
        self.needs = rule.needs  # type: ignore[misc]
        self.baselinable = rule.baselinable  # type: ignore[misc]

    @classmethod
    def family(cls) -> str:
        """Return the kind of subject that it reads."""
        return "plan"

    def manual(self) -> ManualPage:  # type: ignore[override] # the other rule's page
        """Return the other rule's page."""
        return self._rule.manual()

    def check(self, subject: Migration) -> Iterator[Finding]:
        """Compare the findings before and after, and look for the statement between."""
        if subject.before is None or subject.after is None or subject.before == subject.after:
            return
        old = self._found(subject.before, subject)
        for key, found in self._found(subject.after, subject).items():
            if key not in old and (former_name(found.object, subject), found.message) not in old:
                statement = self._culprit(key, subject)
                yield replace(found, at=statement.at if statement else found.at)

    def _found(self, schema: Schema, subject: Migration) -> dict[tuple[str, str], Finding]:
        reviewed = ReviewedSchema(schema=schema, target=subject.target, path=subject.path)
        return {(found.object, found.message): found for found in self._rule.check(reviewed)}

    def _culprit(self, key: tuple[str, str], subject: Migration) -> Statement | None:
        """Return the last statement before which the fault was not there and after which it was."""
        for statement in reversed(subject.statements):
            if statement.before is None or statement.after is None or statement.before == statement.after:
                continue
            if key not in self._found(statement.before, subject) and key in self._found(statement.after, subject):
                return statement
        return None


def arriving(rules: Iterable[AnyRule]) -> tuple[AnyRule, ...]:
    """Return all rules, those about schemas in the form that looks at migrations."""
    read = {Evidence.catalog, Evidence.spec}
    return tuple(Arriving(rule) if rule.family() == "schema" and rule.needs <= read else rule for rule in rules)
