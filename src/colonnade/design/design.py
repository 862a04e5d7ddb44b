"""The result of designing."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.design.bindings import Bindings
from colonnade.design.decision import Decision
from colonnade.schema import Schema
from colonnade.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A spec, the schema that serves it, how the two correspond, and every decision on the way.

    `application_role` is the non-bypassing role that the policies and grants are for, "" without isolation.
    `wide_roles` run what reaches beyond one owner.
    """

    name: str
    spec: Spec
    schema: Schema
    bindings: Bindings
    decisions: tuple[Decision, ...]
    application_role: str = ""
    wide_roles: tuple[str, ...] = ()
