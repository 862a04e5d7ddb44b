"""Links to the lines of the spec and to the manual, their targets said once at the end of the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from colonnade.emit.markdown import anchors, code, mark, text
from colonnade.span import Span


class References:
    """What a document refers to: lines of the spec as `[tasks.spec.yaml:12]`, pages of the manual as `[ddl-basics]`.

    `addresses` says where each source stands as seen from the document; a line of a source that it does not name is
    quoted at the end of the document, and the link leads there.
    """

    def __init__(self, paths: Iterable[str], addresses: Mapping[str, str]) -> None:
        self._names = short_names(paths)
        self._addresses = addresses
        self._cited: dict[tuple[str, int], Span] = {}
        self._pages: dict[str, str] = {}

    def cite(self, spans: Iterable[Span]) -> str:
        """Return links to the lines, each once."""
        labels: dict[str, None] = {}
        for span in spans:
            self._cited.setdefault((span.path, span.line), span)
            labels[f"[{self._label(span)}]"] = None
        return ", ".join(labels)

    def source(self, source: str) -> str:
        """Return an authority: a link to its page, or the name of a book."""
        if not re.match(r"[\w.-]+\.\w+/", source):
            return text(source)
        page, _, fragment = source.partition("#")
        name = (fragment or page.rpartition("/")[2].removesuffix(".html") or page).lower()
        address = f"https://{'www.' if source.startswith('postgresql.org') else ''}{source}"
        if self._pages.setdefault(name, address) != address:
            return f"[{name}](<{address}>)"
        return f"[{name}]"

    def definitions(self) -> Iterator[str]:
        """Yield where each link that was given out leads, and the lines that only stand here."""
        cited = [self._cited[place] for place in sorted(self._cited)]
        quoted = [span for span in cited if span.path not in self._addresses]
        places = anchors(f"{span.path}-{span.line}" for span in quoted)
        if quoted:
            yield "## Lines of the spec"
            yield ""
        for span in quoted:
            words = code(span.quote)
            said = f"{code(f'{span.path}:{span.line}')}{': ' + words if words else ''}"
            yield f"- {mark(places[f'{span.path}-{span.line}'])}{said}"
        yield ""
        for span in cited:
            anchor = places.get(f"{span.path}-{span.line}")
            target = f"#{anchor}" if anchor else f"<{self._addresses[span.path]}#L{span.line}>"
            yield f"[{self._label(span)}]: {target}{_title(span.quote)}"
        yield from (f"[{name}]: <{address}>" for name, address in sorted(self._pages.items()))

    def _label(self, span: Span) -> str:
        return f"{self._names.get(span.path, span.path)}:{span.line}".replace("[", "(").replace("]", ")")


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """Return the name of each file, with as many of its folders as tell it from the others."""
    found: dict[str, str] = {}
    waiting, length = sorted(set(paths)), 1
    while waiting:
        names = {path: "/".join(PurePath(path).parts[-length:]) for path in waiting}
        longest = {path for path in waiting if length >= len(PurePath(path).parts)}
        counts = list(names.values())
        settled = {path for path in waiting if path in longest or counts.count(names[path]) == 1}
        found |= {path: names[path] for path in settled}
        waiting, length = [path for path in waiting if path not in settled], length + 1
    return found


def _title(quote: str) -> str:
    words = " ".join(quote.split()).replace("\\", "\\\\").replace('"', '\\"').replace("<", "&lt;")
    return f' "{words}"' if words else ""
