"""Letters in source code: which stand as they are, which are escaped, and how wide they are."""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
# Scripts whose letters and digits stand as they are: Latin, Greek, Cyrillic, Hebrew, Arabic, Japanese,
# Chinese, Korean; and the punctuation that nobody takes for ASCII.
_KEPT = re.compile(
    r"[\u00a1-\u00ac\u00ae-\u00b3\u00b5-\u00b7\u00b9-\u00d6\u00d8-\u024f\u0370-\u0373\u0376\u0377\u037b-\u037d"
    r"\u0386\u0388-\u03ff\u0400-\u0481\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u0660-\u0669\u066e-\u06d3"
    r"\u20ac\u3001-\u3003\u3005-\u3007\u300a-\u3011\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3]"
)
# Those of them that look like an ASCII character. Source: docs.astral.sh/ruff/rules/ambiguous-unicode-character-string
_MISTAKABLE = frozenset(
    "\u0131\u017f\u0184\u018d\u01a6\u01a7\u01b7\u01bc\u01bd\u01c0\u01c3\u021c\u0222\u0223\u0241"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03b1\u03b3\u03b9\u03bd"
    "\u03bf\u03c1\u03c3\u03c5\u03d2\u03dc\u03e8\u03f1\u03f2\u03f3\u03f9\u03fa"
    "\u0405\u0406\u0408\u0410\u0412\u0415\u0417\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u042c\u0430"
    "\u0431\u0433\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0461\u0474\u0475\u04ae\u04af\u04bb\u04bd"
    "\u04c0\u04cf\u04e0\u0501\u050c\u051b\u051c\u051d"
    "\u05d5\u05d8\u05d9\u05df\u05e1\u0627\u0647\u0660\u0661\u0665\u0667\u06be\u06c1"
    "\u3007\u30ce\u4e36\u4e3f"
)
_WORD = re.compile(r"[^\W_]+")


def escaped(text: str) -> str:
    """Return the text as it stands in a string literal, apart from its quotes.

    A letter that looks like an ASCII one stands as it is only among letters that do not, as linters want it.
    """
    if is_simple(text):
        return text
    source = "".join(map(_character, text))
    if any(_misleads(word[0]) for word in _WORD.finditer(source)):
        return "".join(_code_point(char) if char in _MISTAKABLE else char for char in source)
    return source


def is_simple(text: str) -> bool:
    """Whether every character is visible ASCII that stands for itself, as in most texts."""
    return text.isascii() and text.isprintable() and "\\" not in text


def longest_width(char: str) -> int:
    """Return the columns that a character takes at most in a literal."""
    return len(_code_point(char)) if char in _MISTAKABLE else width(_character(char))


def width(text: str) -> int:
    """Return the columns that a text takes: East Asian characters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def is_plain(char: str) -> bool:
    """Whether a character stands as it is wherever it stands."""
    return char not in _MISTAKABLE and _character(char) == char


def _misleads(word: str) -> bool:
    """Whether a reader may take the word for another one."""
    foreign = [char for char in word if not char.isascii()]
    if not any(char in _MISTAKABLE for char in foreign):
        return False
    return len(foreign) < len(word) or all(char in _MISTAKABLE for char in foreign)


def _character(char: str) -> str:
    """Return one character, escaped where it cannot stand in a literal or would not be seen."""
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isascii():
        return char if char.isprintable() else f"\\x{ord(char):02x}"
    return char if _KEPT.match(char) else _code_point(char)


def _code_point(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
