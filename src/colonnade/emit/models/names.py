"""Names that Python, Pydantic, SQLModel and the emitted code itself leave free."""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable

from colonnade.emit.models.letters import escaped, is_plain, width
from colonnade.emit.models.text import WIDTH
from colonnade.sql.identifier import pascal, snake, words

# What an attribute of a model must not be called: it would hide a method or setting of SQLModel or
# Pydantic, or a name that the class body itself uses. A test compares this with the installed SQLModel.
_ATTRIBUTES = """
    metadata registry
    construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json update_forward_refs validate
    model_computed_fields model_config model_construct model_copy model_dump model_dump_json model_extra model_fields
    model_fields_set model_json_schema model_parametrized_name model_post_init model_rebuild model_validate
    model_validate_json model_validate_strings sqlmodel_update
    bool bytes cls declared_attr dt float int list pg pydantic sa self str
"""
_CLASSES = """
    Any Annotated CAMEL_CASE CitextArray ClassVar Decimal False Field IPv4Address IPv6Address JsonValue Model None
    Optional PostgresType Relationship StrEnum TYPE_CHECKING TextEnum True UUID
"""
_UNREADABLE = frozenset("lIO")  # which look like digits
_ATTRIBUTE, _CLASS, _MEMBER = 60, 40, 30  # columns at most
RESERVED_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
RESERVED_CLASSES = frozenset(_CLASSES.split())
RESERVED_MODULES = frozenset({"base", "database_objects", "enums", "__init__"})


def attribute(name: str) -> str:
    """Return the name of an attribute for a column or relationship."""
    plain = unicodedata.normalize("NFKC", name)
    if not (plain.isidentifier() and plain == plain.lower()) or plain.startswith("_"):
        plain = _identifier(snake(name))
    taken = keyword.iskeyword(plain) or plain in RESERVED_ATTRIBUTES | _UNREADABLE
    return _shortened(f"{plain}_" if taken else plain, _ATTRIBUTE)


def relation(name: str, target: str, *, taken: Iterable[str]) -> str:
    """Return a free name for a relationship to a class, so short that its declaration fits on a line."""
    room = WIDTH - width(f'    : "{target}" = (')
    return distinct((_shortened(attribute(name), min(room, _ATTRIBUTE)),), taken=taken)[0]


def type_name(class_name: str, attribute: str) -> str:
    """Return the name of an enum or constrained type of an attribute, so short that its declaration fits on a line."""
    room = WIDTH - width(f"    {attribute}:  = (")
    return _shortened(class_name + pascal(attribute), min(room, _CLASS))


def class_name(name: str) -> str:
    """Return the name of a class."""
    plain = name if re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) else _identifier(pascal(name))
    if escaped(plain) != plain:
        # The name stands in quotes where classes refer to each other, and must be read there as it is.
        plain = "".join(char for char in plain if is_plain(char) and is_plain(char.upper()[:1]))
    plain = plain[:1].upper() + plain[1:]
    plain = plain if plain[:1].isupper() else f"X{plain}"
    return _shortened(f"{plain}Record" if plain in RESERVED_CLASSES else plain, _CLASS)


def module(class_name: str) -> str:
    """Return the name of the module of a class."""
    plain = _ascii(_identifier(snake(class_name)))
    return f"{plain}_" if keyword.iskeyword(plain) or plain in RESERVED_MODULES else plain


def member(value: str) -> str:
    """Return the name of an enum member for a value."""
    plain = _identifier("_".join(words(value)).upper() or ("EMPTY" if not value.strip() else "OTHER")).upper()
    plain = plain.lower() if plain[0].islower() else plain
    return _shortened(f"{plain}_" if plain in _UNREADABLE else plain, _MEMBER)


def distinct(wanted: Iterable[str], *, taken: Iterable[str] = (), joint: str = "_") -> tuple[str, ...]:
    """Return the names, a later one that would repeat an earlier one with a number behind the joint."""
    used = set(taken)
    found: list[str] = []
    for name in wanted:
        chosen, number = name, 2
        while chosen in used:
            chosen, number = f"{name.rstrip('_')}{joint}{number}", number + 1
        used.add(chosen)
        found.append(chosen)
    return tuple(found)


def sort_key(name: str) -> tuple[int, list[tuple[int, int | str]]]:
    """Return the key by which import sorters order names: constants, classes, the rest; numbers as numbers."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, natural(name)


def natural(name: str) -> list[tuple[int, int | str]]:
    """Return the key by which `a2` comes before `a10`."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part]


def _shortened(name: str, room: int) -> str:
    """Return the name, cut and with a digest of the whole when it is wider than the room."""
    if width(name) <= room:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    kept = name
    while width(kept) > room - len(digest) - 1:
        kept = kept[:-1]
    joint = "" if name[:1].isupper() and not name.isupper() else "_"
    return f"{kept.rstrip('_')}{joint}{digest.upper() if name.isupper() else digest}"


def _ascii(name: str) -> str:
    """Return the name in ASCII: without accents, and other scripts as in domain names."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    if bare.isascii():
        return bare
    return "x_" + bare.encode("punycode").decode().replace("-", "_").lower()


def _identifier(name: str) -> str:
    """Return the name without what no Python identifier can hold; one of its own if nothing remains."""
    kept = "".join(char if ("_" + char).isidentifier() else "_" for char in unicodedata.normalize("NFKC", name))
    joined = re.sub(r"_+", "_", kept).strip("_")
    if not joined:
        return "x" + "_".join(f"{ord(char):x}" for char in name[:8])
    return joined if joined.isidentifier() else f"n_{joined}"
