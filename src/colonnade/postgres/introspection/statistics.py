"""Extended statistics: what CREATE STATISTICS made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from colonnade.postgres.introspection.reading import Query, Reading
from colonnade.schema import ExtendedStatistics
from colonnade.sql.tokens import split_list

_STATISTICS = """
SELECT s.stxrelid::int8, n.nspname, s.stxname, pg_get_statisticsobjdef_columns(s.oid), s.stxkind::text[],
       s.stxstattarget, d.description
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace m ON m.oid = c.relnamespace
LEFT JOIN pg_description d ON d.classoid = 'pg_statistic_ext'::regclass AND d.objoid = s.oid AND d.objsubid = 0
WHERE m.nspname = ANY (%s)
ORDER BY s.stxname, n.nspname
"""
_KINDS: Mapping[str, Literal["dependencies", "mcv", "ndistinct"]] = {
    "f": "dependencies",
    "m": "mcv",
    "d": "ndistinct",
}


def read_statistics(namespaces: Iterable[str]) -> Reading[Mapping[int, tuple[ExtendedStatistics, ...]]]:
    """Return the extended statistics by table, sorted by name."""
    found: dict[int, list[ExtendedStatistics]] = defaultdict(list)
    rows = yield Query(_STATISTICS, (list(namespaces),))
    for table, namespace, name, expressions, kinds, target, comment in rows:
        texts = tuple(split_list(expressions))
        found[table].append(
            ExtendedStatistics(
                name=name,
                namespace=namespace,
                expressions=texts,
                # "e" stands for the statistics of an expression, which come without being asked for.
                kinds=tuple(sorted(_KINDS[kind] for kind in kinds if kind != "e")) if len(texts) > 1 else (),
                target=-1 if target is None else target,
                comment=comment,
            )
        )
    return {table: tuple(each) for table, each in found.items()}
