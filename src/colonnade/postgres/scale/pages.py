"""Images of index pages: what the planner reads from an index, and what keeps it sound.

The planner descends a B-tree for the ends of a histogram, so a higher tree is a real one: a chain of
internal pages with one downlink each, ending in the index's own leaf. `amcheck` accepts it.
Source: src/include/access/{nbtree,ginblock,brin_page}.h, src/include/storage/{bufpage,checksum_impl}.h
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping

from colonnade.errors import UnsupportedError
from colonnade.postgres.scale.statistics import GinCounts

BLOCK_BYTES = 8192
_HEADER_BYTES = 24  # PageHeaderData, after which a metapage's contents start
_CHECKSUM_OFFSET = 8
_LAYOUT_VERSION = 4

_BTREE_MAGIC = 0x053162
_BTREE_VERSION = 4
_BTREE_SPECIAL = BLOCK_BYTES - 16
_BTREE_ALLEQUALIMAGE_OFFSET = _HEADER_BYTES + 40
_LEAF, _ROOT = 1, 2  # BTP_LEAF, BTP_ROOT
_PIVOT_TUPLE = 0x2000  # INDEX_ALT_TID_MASK
_LP_NORMAL = 1 << 15

# FNV-1a over 32 lanes. Source: src/include/storage/checksum_impl.h
_CHECKSUM_SEEDS = (
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756,
)  # fmt: skip
_FNV_PRIME = 16777619
_WORD = 0xFFFFFFFF

Pages = Mapping[int, bytes]
"""Page images by block number."""


def with_checksum(page: bytes, block: int) -> bytes:
    """Return the page with the checksum that it must have at this block."""
    return page[:_CHECKSUM_OFFSET] + struct.pack("<H", checksum(page, block)) + page[10:]


@functools.lru_cache(maxsize=4096)
def checksum(page: bytes, block: int) -> int:
    """Return the data checksum of a page; the one that it carries does not count."""
    words = struct.unpack("<2048I", page[:_CHECKSUM_OFFSET] + b"\0\0" + page[10:])
    result = 0
    for lane, seed in enumerate(_CHECKSUM_SEEDS):
        value = seed
        for word in (*words[lane::32], 0, 0):
            mixed = value ^ word
            value = (mixed * _FNV_PRIME & _WORD) ^ mixed >> 17
        result ^= value
    return (result ^ block) % 65535 + 1


def deduplicates(metapage: bytes) -> bool:
    """Whether a B-tree may keep equal keys once; the index itself knows."""
    return metapage[_BTREE_ALLEQUALIMAGE_OFFSET] != 0


def btree_pages(base: bytes, *, height: int) -> Pages:
    """Return the pages that make a small B-tree (`base` is its whole file) `height` levels high.

    Raises UnsupportedError for a layout that is not Postgres's own of version 4.
    """
    metapage = base[:BLOCK_BYTES]
    magic, version, root, level = struct.unpack_from("<4I", metapage, _HEADER_BYTES)
    if (magic, version) != (_BTREE_MAGIC, _BTREE_VERSION):
        raise UnsupportedError(f"B-tree pages of version {version} are not known")
    if height <= level:
        return {}
    pages: dict[int, bytes] = {}
    free = len(base) // BLOCK_BYTES
    if root == 0:
        root, free = free, free + 1
        pages[root] = _btree_page(level=0, flags=_LEAF, child=None)
    else:
        pages[root] = _no_longer_root(_page_of(base, root))
    child = root
    for above in range(level + 1, height + 1):
        flags = _ROOT if above == height else 0
        pages[free] = _btree_page(level=above, flags=flags, child=child)
        child, free = free, free + 1
    ends = struct.pack("<4I", child, height, child, height)
    pages[0] = _overwritten(metapage, _HEADER_BYTES + 8, ends)
    return pages


def gin_pages(base: bytes, counts: GinCounts) -> Pages:
    """Return the metapage of a GIN index with these counts."""
    metapage = base[:BLOCK_BYTES]
    pages = struct.pack("<3I", counts.total_pages, counts.entry_pages, counts.data_pages)
    metapage = _overwritten(metapage, _HEADER_BYTES + 12, struct.pack("<I", counts.pending_pages))
    metapage = _overwritten(metapage, _HEADER_BYTES + 24, pages)
    return {0: _overwritten(metapage, _HEADER_BYTES + 40, struct.pack("<q", counts.entries))}


def brin_pages(base: bytes, *, last_revmap_page: int) -> Pages:
    """Return the metapage of a BRIN index with a range map of this length."""
    ending = struct.pack("<I", last_revmap_page)
    return {0: _overwritten(base[:BLOCK_BYTES], _HEADER_BYTES + 12, ending)}


def _btree_page(*, level: int, flags: int, child: int | None) -> bytes:
    """Return a leaf without tuples, or an internal page whose one tuple leads to `child`."""
    page = bytearray(BLOCK_BYTES)
    lower, upper = _HEADER_BYTES, _BTREE_SPECIAL
    if child is not None:
        # "Minus infinity": a pivot tuple without attributes, which every key is greater than.
        upper -= 8
        struct.pack_into("<4H", page, upper, child >> 16, child & 0xFFFF, 0, 8 | _PIVOT_TUPLE)
        struct.pack_into("<I", page, lower, upper | _LP_NORMAL | 8 << 17)
        lower += 4
    sizes = BLOCK_BYTES | _LAYOUT_VERSION
    struct.pack_into("<5HI", page, 10, 0, lower, upper, _BTREE_SPECIAL, sizes, 0)
    struct.pack_into("<3I2H", page, _BTREE_SPECIAL, 0, 0, level, flags, 0)
    return bytes(page)


def _no_longer_root(page: bytes) -> bytes:
    """Return a B-tree page that has got a parent."""
    (flags,) = struct.unpack_from("<H", page, _BTREE_SPECIAL + 12)
    return _overwritten(page, _BTREE_SPECIAL + 12, struct.pack("<H", flags & ~_ROOT))


def _page_of(base: bytes, block: int) -> bytes:
    """Cut one page out of a file."""
    return base[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES]


def _overwritten(page: bytes, offset: int, new: bytes) -> bytes:
    """Return the page with other bytes at one place."""
    return page[:offset] + new + page[offset + len(new) :]
