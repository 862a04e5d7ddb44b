"""Expand and contract: other names of tables and columns, and types of these, over releases, as a chain of revisions.

Old code uses the old column, new code the new one, and a trigger keeps the two in step from the first revision to the
last, so that code of both releases can run at once and either can be taken back. A view has the old name of a table.

Source: martinfowler.com/bliki/ParallelChange.html
"""

from colonnade.migrate.expand_contract.chain import chain

__all__ = ["chain"]
