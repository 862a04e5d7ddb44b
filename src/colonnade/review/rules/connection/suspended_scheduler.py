"""NE204."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.connection import ReviewedConnection
from colonnade.review.finding import Evidence, Finding, Severity
from colonnade.review.rule import Rule


class SuspendedScheduler(Rule[ReviewedConnection]):
    """Jobs of pg_cron wait in a compute that suspends.

    Why: pg_cron runs only while the compute happens to be awake: a nightly job is left out on every quiet night.

    Example:

    ```sql
    -- connect as visitor, on Neon
    CREATE ROLE visitor LOGIN;
    CREATE SCHEMA cron;
    CREATE TABLE cron.job (jobid bigint PRIMARY KEY, schedule text, command text, active boolean);
    INSERT INTO cron.job VALUES (1, '0 3 * * *', 'DELETE FROM session', true);
    GRANT USAGE ON SCHEMA cron TO visitor;
    GRANT SELECT ON cron.job TO visitor;
    ```

    Use instead:

    ```sql
    -- connect as visitor, on Neon
    CREATE ROLE visitor LOGIN;
    ```

    Fix: Call the job from a scheduler outside, or switch suspending off.

    Source: neon.com/docs/extensions/pg_cron
    """

    code = "NE204"
    name = "suspended-scheduler"
    severity = Severity.warning
    needs = frozenset({Evidence.live})

    def check(self, subject: ReviewedConnection) -> Iterator[Finding]:
        """Count the active jobs."""
        if subject.server and subject.server.scheduled_jobs and subject.dsn.neon and subject.compute.suspend_seconds:
            yield self.finding(
                "its jobs run only while the compute is awake",
                object="cron.job",
                at=subject.at,
                detail=f"Active jobs: {subject.server.scheduled_jobs}.",
            )
