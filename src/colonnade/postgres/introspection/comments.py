"""What COMMENT ON has said of many objects at once."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.postgres.introspection.reading import Query, Reading

Comments = Mapping[int, str]
"""Comments by the oid of their object."""

_COMMENTS = """
SELECT objoid::int8, description FROM pg_description
WHERE classoid = %s::regclass AND objsubid = 0 AND objoid >= 16384
"""


def read_comments(catalog: str) -> Reading[Comments]:
    """Return the comments of a catalog's objects, all of them: a join would look each object up, and few have one."""
    return dict((yield Query(_COMMENTS, (catalog,))))
