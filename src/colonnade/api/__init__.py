"""One function for each verb: all that the command line and the other faces call.

A verb is imported when it is first asked for, so that nobody waits for what the others need.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colonnade.api.apply_verb import migrate_apply, migrate_down
    from colonnade.api.applying.guards import Consent
    from colonnade.api.applying.site import Destination
    from colonnade.api.branch_results import (
        BranchDiffResult,
        BranchesResult,
        BranchResult,
        BranchStopResult,
        BranchUrlResult,
    )
    from colonnade.api.branch_serve_verb import branch_serve
    from colonnade.api.branch_verbs import (
        branch_create,
        branch_delete,
        branch_diff,
        branch_expire,
        branch_list,
        branch_prune,
        branch_reset,
        branch_restore,
        branch_show,
        branch_stop,
        branch_url,
    )
    from colonnade.api.change_results import (
        ApplyResult,
        DiffResult,
        MigrateNewResult,
        RehearsalResult,
        StatusResult,
    )
    from colonnade.api.connection_results import DoctorResult, PoolUse
    from colonnade.api.design_verb import design
    from colonnade.api.diff_verb import diff
    from colonnade.api.doctor_verb import doctor
    from colonnade.api.init_verb import InitResult, init
    from colonnade.api.lint_answers import Choices
    from colonnade.api.lint_verb import migrate_lint
    from colonnade.api.migrate_new_verb import migrate_new
    from colonnade.api.prove_verb import prove
    from colonnade.api.rehearse_verb import migrate_rehearse
    from colonnade.api.results import DesignResult, ProveResult
    from colonnade.api.review_results import ExplainResult, LintResult, RulesResult
    from colonnade.api.rules_verbs import explain, rules
    from colonnade.api.status_verb import migrate_status


__all__ = [
    "ApplyResult",
    "BranchDiffResult",
    "BranchResult",
    "BranchStopResult",
    "BranchUrlResult",
    "BranchesResult",
    "Choices",
    "Consent",
    "DesignResult",
    "Destination",
    "DiffResult",
    "DoctorResult",
    "ExplainResult",
    "InitResult",
    "LintResult",
    "MigrateNewResult",
    "PoolUse",
    "ProveResult",
    "RehearsalResult",
    "RulesResult",
    "StatusResult",
    "branch_create",
    "branch_delete",
    "branch_diff",
    "branch_expire",
    "branch_list",
    "branch_prune",
    "branch_reset",
    "branch_restore",
    "branch_serve",
    "branch_show",
    "branch_stop",
    "branch_url",
    "design",
    "diff",
    "doctor",
    "explain",
    "init",
    "migrate_apply",
    "migrate_down",
    "migrate_lint",
    "migrate_new",
    "migrate_rehearse",
    "migrate_status",
    "prove",
    "rules",
]

_HOMES = {
    "BranchDiffResult": "branch_results",
    "BranchResult": "branch_results",
    "BranchStopResult": "branch_results",
    "BranchUrlResult": "branch_results",
    "BranchesResult": "branch_results",
    "ApplyResult": "change_results",
    "Choices": "lint_answers",
    "Consent": "applying.guards",
    "Destination": "applying.site",
    "DesignResult": "results",
    "DiffResult": "change_results",
    "DoctorResult": "connection_results",
    "ExplainResult": "review_results",
    "InitResult": "init_verb",
    "LintResult": "review_results",
    "MigrateNewResult": "change_results",
    "PoolUse": "connection_results",
    "ProveResult": "results",
    "RehearsalResult": "change_results",
    "RulesResult": "review_results",
    "branch_create": "branch_verbs",
    "branch_delete": "branch_verbs",
    "branch_diff": "branch_verbs",
    "branch_expire": "branch_verbs",
    "branch_list": "branch_verbs",
    "branch_prune": "branch_verbs",
    "branch_reset": "branch_verbs",
    "branch_restore": "branch_verbs",
    "branch_serve": "branch_serve_verb",
    "branch_show": "branch_verbs",
    "branch_stop": "branch_verbs",
    "branch_url": "branch_verbs",
    "StatusResult": "change_results",
    "design": "design_verb",
    "diff": "diff_verb",
    "doctor": "doctor_verb",
    "explain": "rules_verbs",
    "init": "init_verb",
    "migrate_apply": "apply_verb",
    "migrate_down": "apply_verb",
    "migrate_lint": "lint_verb",
    "migrate_new": "migrate_new_verb",
    "migrate_rehearse": "rehearse_verb",
    "migrate_status": "status_verb",
    "prove": "prove_verb",
    "rules": "rules_verbs",
}


def __getattr__(name: str) -> object:
    """Import a verb or a result."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
