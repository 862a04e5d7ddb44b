"""How many blocks a table or an index takes, from the widths and repetitions of its columns.

Sources: heap_form_tuple, index_form_tuple, nbtsort.c, nbtdedup.c, postgresql.org/docs/current/storage-page-layout.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from colonnade.postgres.scale.pages import BLOCK_BYTES
from colonnade.postgres.scale.statistics import GinCounts

_PAGE_HEADER = 24
_LINE_POINTER = 4
_MAXALIGN = 8
_HEAP_HEADER = 23
_SHORT_VARLENA = 126  # up to here a value has a one-byte header and no alignment
_TOAST_THRESHOLD = 2032
_TOAST_POINTER = 18

_INDEX_HEADER = 8
_INDEX_NULL_BITMAP = 4
_BTREE_USABLE = BLOCK_BYTES - _PAGE_HEADER - 16
_BTREE_INNER_FILL = 0.70  # BTREE_NONLEAF_FILLFACTOR
_POSTING_LIMIT = BLOCK_BYTES // 10 // _MAXALIGN * _MAXALIGN - _LINE_POINTER
_TID = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A column as part of a tuple; `length` is -1 for a varying width, `width` its average bytes."""

    length: int
    alignment: int
    width: float
    null_frac: float = 0.0
    toastable: bool = False

    @property
    def scatters(self) -> bool:
        """Whether what follows starts at another byte in each row, not only at multiples of eight."""
        return self.length < 0 or (self.null_frac > 0 and self.length % _MAXALIGN != 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexAttribute(Attribute):
    """A column of an index with the number of its distinct values; `key` is false for `INCLUDE`."""

    distinct: float
    key: bool = True
    operator_class: str = ""


def heap_blocks(rows: float, attributes: Sequence[Attribute], *, fill_factor: int = 100) -> int:
    """Return the blocks of a table without dead rows; `attributes` in physical order."""
    if rows <= 0:
        return 0
    tuple_bytes = _heap_tuple_bytes(attributes)
    usable = (BLOCK_BYTES - _PAGE_HEADER) * fill_factor / 100
    per_page = usable / (tuple_bytes + _LINE_POINTER)
    # Rows of one size leave the same gap in each page, others on average half a row.
    scattered = any(attribute.scatters for attribute in attributes)
    per_page = per_page - 0.5 if scattered else math.floor(per_page)
    return math.ceil(rows / max(1.0, per_page))


def _heap_tuple_bytes(attributes: Sequence[Attribute]) -> float:
    """Return the average bytes of a row, with its header."""
    widths = [attribute.width for attribute in attributes]
    nullable = 1 - math.prod(1 - attribute.null_frac for attribute in attributes)
    bitmap = (len(attributes) + 7) // 8
    header = _HEAP_HEADER + 1.0
    header += nullable * (_aligned(_HEAP_HEADER + bitmap, _MAXALIGN) - header)
    while True:
        size = header + _data_bytes(attributes, widths)
        widest = max(
            (i for i, one in enumerate(attributes) if one.toastable),
            key=lambda i: widths[i],
            default=None,
        )
        if size <= _TOAST_THRESHOLD or widest is None or widths[widest] <= _TOAST_POINTER:
            return size
        widths[widest] = _TOAST_POINTER


def _data_bytes(attributes: Sequence[Attribute], widths: Sequence[float]) -> float:
    """Return the average bytes of a row's values with padding, rounded up as a whole."""
    offset = 0.0
    scattered = False  # whether rows differ in where the next value could start
    for attribute, width in zip(attributes, widths, strict=True):
        if attribute.length > 0 or width > _SHORT_VARLENA:
            offset = _padded(offset, attribute.alignment, scattered=scattered)
            scattered = scattered and attribute.alignment < _MAXALIGN
        offset += width * (1 - attribute.null_frac)
        scattered = scattered or attribute.scatters
    return _padded(offset, _MAXALIGN, scattered=scattered)


def _padded(offset: float, alignment: int, *, scattered: bool) -> float:
    """Return the offset rounded up, on average when it differs from row to row."""
    if scattered:
        return offset + (alignment - 1) / 2
    return _aligned(offset, alignment) if offset == int(offset) else offset


def index_blocks(
    access_method: str,
    rows: float,
    attributes: Sequence[IndexAttribute],
    *,
    table_blocks: int = 0,
    fill_factor: int = 0,
    pages_per_range: int = 128,
    deduplicates: bool = False,
) -> int:
    """Return the blocks of an index freshly built over this many rows.

    `fill_factor` 0 means the method's own. `deduplicates` is for B-trees: the index says whether its
    types allow it. Methods that are not modelled are taken for GiST.
    """
    match access_method:
        case "btree":
            fill = (fill_factor or 90) / 100
            return btree_shape(rows, attributes, fill=fill, deduplicates=deduplicates).blocks
        case "brin":
            return _brin_blocks(attributes, table_blocks, pages_per_range)
        case "hash":
            return _hash_blocks(rows, (fill_factor or 75) / 100)
        case "gin":
            return gin_counts(rows, attributes, table_blocks=table_blocks).total_pages
        case _:
            fill = (fill_factor or 90) / 100
            per_page = _BTREE_USABLE * fill / (_index_tuple_bytes(attributes) + _LINE_POINTER)
            leaves = math.ceil(rows / max(2.0, per_page))
            return leaves + math.ceil(leaves / max(2.0, per_page)) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BtreeShape:
    """The blocks of a B-tree and the levels above its leaves."""

    blocks: int
    height: int


def btree_shape(rows: float, attributes: Sequence[IndexAttribute], *, fill: float, deduplicates: bool) -> BtreeShape:
    """Return the shape of a freshly built B-tree."""
    leaf_bytes = _leaf_bytes(rows, attributes, deduplicates=deduplicates)
    leaves = math.ceil(leaf_bytes / (_BTREE_USABLE - BLOCK_BYTES * (1 - fill)))
    return _above_leaves(max(1, leaves), _pivot_bytes(rows, attributes))


def btree_height(blocks: int, rows: float, attributes: Sequence[IndexAttribute]) -> int:
    """Return the levels above the leaves of a B-tree of a known size."""
    return _above_leaves(max(1, blocks - 1), _pivot_bytes(rows, attributes)).height


def _above_leaves(leaves: int, pivot_bytes: float) -> BtreeShape:
    """Return the shape of a tree over so many leaves."""
    usable = _BTREE_USABLE - BLOCK_BYTES * (1 - _BTREE_INNER_FILL)
    fan_out = max(2.0, usable / (pivot_bytes + _LINE_POINTER))
    blocks, height, level = 1 + leaves, 0, leaves
    while level > 1:
        level = math.ceil(level / fan_out)
        blocks += level
        height += 1
    return BtreeShape(blocks=blocks, height=height)


def _leaf_bytes(rows: float, attributes: Sequence[IndexAttribute], *, deduplicates: bool) -> float:
    """Return the bytes of all leaf tuples with their line pointers."""
    plain = _index_tuple_bytes(attributes) + _LINE_POINTER
    if not deduplicates:
        return rows * plain
    empty_keys = rows * math.prod(one.null_frac for one in attributes)
    rows -= empty_keys
    distinct = _distinct_keys(rows, attributes)
    nulls = empty_keys * (_POSTING_LIMIT + _LINE_POINTER) / ((_POSTING_LIMIT - 16) // _TID)
    return nulls + _repeated_keys_bytes(rows, distinct, plain - _LINE_POINTER)


def _repeated_keys_bytes(rows: float, distinct: float, tuple_bytes: float) -> float:
    """Return the bytes of keys of which each stands for several rows, as posting lists."""
    if rows <= 0:
        return 0.0
    repeats = rows / max(1.0, distinct)
    full = max(2.0, (_POSTING_LIMIT - tuple_bytes) // _TID)
    if repeats >= 2:
        tuples = distinct * math.ceil(repeats / full)
        each = _aligned(tuple_bytes + _TID * repeats / math.ceil(repeats / full), _MAXALIGN)
        return tuples * (each + _LINE_POINTER)
    # Between one and two rows a key: some stand alone, the others in pairs.
    pairs = rows - distinct
    alone = distinct - pairs
    pair = _aligned(tuple_bytes + 2 * _TID, _MAXALIGN) + _LINE_POINTER
    return alone * (tuple_bytes + _LINE_POINTER) + pairs * pair


def _distinct_keys(rows: float, attributes: Sequence[IndexAttribute]) -> float:
    """Return how many different keys there are, taking columns as independent."""
    combinations = 1.0
    for attribute in attributes:
        if attribute.key:
            combinations *= max(1.0, attribute.distinct) + (attribute.null_frac > 0)
            combinations = min(combinations, 1e18)
    if rows <= 0 or len([one for one in attributes if one.key]) == 1:
        return min(combinations, max(rows, 1.0))
    # So many rows thrown at so many combinations meet each other now and then.
    return min(rows, -combinations * math.expm1(-rows / combinations))


def _index_tuple_bytes(attributes: Sequence[IndexAttribute]) -> float:
    """Return the average bytes of an index tuple, without its line pointer."""
    data = _data_bytes(attributes, [attribute.width for attribute in attributes])
    nullable = 1 - math.prod(1 - attribute.null_frac for attribute in attributes)
    return _INDEX_HEADER + nullable * (_INDEX_NULL_BITMAP + 4) + data


def _pivot_bytes(rows: float, attributes: Sequence[IndexAttribute]) -> float:
    """Return the bytes of a tuple that separates pages: the columns that suffice to tell them apart."""
    keys = [attribute for attribute in attributes if attribute.key]
    needed: list[IndexAttribute] = []
    for attribute in keys:
        needed.append(attribute)
        if _distinct_keys(rows, needed) > rows / 4:
            return _index_tuple_bytes(needed)
    return _index_tuple_bytes(keys) + _MAXALIGN  # and the row's address, as the last resort


def brin_ranges(table_blocks: int, pages_per_range: int) -> int:
    """Return how many ranges a BRIN index summarises."""
    return math.ceil(max(table_blocks, 1) / pages_per_range)


def brin_last_revmap_page(table_blocks: int, pages_per_range: int) -> int:
    """Return the last page of a BRIN index's range map; one page maps 1,360 ranges."""
    return math.ceil(brin_ranges(table_blocks, pages_per_range) / 1360)


def _brin_blocks(attributes: Sequence[IndexAttribute], table_blocks: int, pages_per_range: int) -> int:
    """Return the blocks of a BRIN index: metapage, range map and two values a range."""
    summary = 24 + 2 * sum(attribute.width for attribute in attributes)
    ranges = brin_ranges(table_blocks, pages_per_range)
    summaries = math.ceil(ranges * summary / (BLOCK_BYTES - 192))
    return 1 + brin_last_revmap_page(table_blocks, pages_per_range) + summaries


def _hash_blocks(rows: float, fill: float) -> int:
    """Return the blocks of a hash index, whose buckets double in four steps."""
    per_bucket = fill * (BLOCK_BYTES - 44) / 20
    buckets = max(2.0, rows / per_bucket)
    power = math.exp2(math.ceil(math.log2(buckets)))
    step = power / 8
    overflow = rows / per_bucket * 0.02
    return math.ceil(math.ceil(buckets / step) * step + overflow + 2)


_GIN_FILL = 0.62  # keys come in random order, so pages split in halves
_GIN_TREE_FILL = 0.75  # rows are appended to the tree of a key
_GIN_ENTRY = 24  # index tuple, item and line pointer around a key
_GIN_INLINE = 1500  # a list of rows of about this size is as often beside its key as in a tree of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class _GinKeys:
    """What an operator class makes of a value: keys per byte after `skipped`, bytes of one key.

    Texts of n keys have about `vocabulary` times the square root of n different ones (Heaps' law).
    """

    per_byte: float
    skipped: float = 0.0
    key_bytes: float = 8.0
    vocabulary: float = 2.0


_GIN_KEYS = {
    "gin_trgm_ops": _GinKeys(per_byte=1.0, key_bytes=4.0),
    "jsonb_path_ops": _GinKeys(per_byte=1 / 20, key_bytes=4.0, vocabulary=0.5),
    "jsonb_ops": _GinKeys(per_byte=1 / 10, vocabulary=0.5),
    "tsvector_ops": _GinKeys(per_byte=1 / 7, vocabulary=30.0),
    "array_ops": _GinKeys(per_byte=1 / 11, skipped=24.0),
}


def gin_counts(rows: float, attributes: Sequence[IndexAttribute], *, table_blocks: int) -> GinCounts:
    """Return the counts of a freshly built GIN index: keys, each with a compressed list of rows."""
    entry_bytes = list_bytes = tree_bytes = entries = 0.0
    for attribute in attributes:
        kind = _GIN_KEYS.get(attribute.operator_class)
        present = rows * (1 - attribute.null_frac)
        per_row = max(1.0, (attribute.width - kind.skipped) * kind.per_byte) if kind else 1.0
        found = max(1.0, present * per_row)
        distinct = min(found, kind.vocabulary * math.sqrt(found) if kind else attribute.distinct)
        in_list = found / distinct * _gin_address_bytes(table_blocks, found / distinct)
        in_trees = in_list / (in_list + _GIN_INLINE)
        tree_bytes += distinct * in_list * in_trees
        list_bytes += distinct * in_list * (1 - in_trees)
        entry_bytes += distinct * (_GIN_ENTRY + (kind.key_bytes if kind else attribute.width))
        entries += distinct
    page = BLOCK_BYTES - 40
    entry_pages = max(1, math.ceil((entry_bytes + list_bytes) / page / _GIN_FILL))
    data_pages = math.ceil(tree_bytes / page / _GIN_TREE_FILL)
    return GinCounts(
        total_pages=1 + entry_pages + data_pages,
        entry_pages=entry_pages,
        data_pages=data_pages,
        entries=round(entries),
    )


def _gin_address_bytes(table_blocks: int, rows_of_key: float) -> float:
    """Return the average bytes of a row address: seven bits of the gap to the one before in each."""
    gap = max(1, table_blocks) * 2048 / rows_of_key
    return 1 + sum(math.exp(-(128**length) / gap) for length in (1, 2, 3, 4))


def resized_gin_counts(counts: GinCounts, blocks: int) -> GinCounts:
    """Return the counts of an index of another size with the same proportions."""
    entry_pages = max(1, round(counts.entry_pages * blocks / counts.total_pages))
    return replace(counts, total_pages=blocks, entry_pages=entry_pages, data_pages=max(0, blocks - entry_pages - 1))


def _aligned(size: float, alignment: int) -> float:
    """Return the size rounded up to a multiple of the alignment."""
    return math.ceil(size / alignment) * alignment
