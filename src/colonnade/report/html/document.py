"""The page as one text: the template, its style and its script, nothing from elsewhere."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from colonnade.design import Design
from colonnade.emit import erd
from colonnade.prove import Proof
from colonnade.prove.pattern_texts import cost_text, volume_text
from colonnade.report.html.view import view
from colonnade.span import Span

if TYPE_CHECKING:
    from jinja2 import Environment  # loading it takes as long as starting the server, which need not wait for it

_ASSETS = "assets"


def html(
    design: Design,
    proof: Proof | None = None,
    *,
    addresses: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> str:
    """Return the page about a design, with what was proved of it if anything was tried.

    Names and comments come from specs that nobody has vetted: the template escapes everything, and the page's policy
    lets no script run but its own. `addresses` says where a source of the spec stands as seen from the page. The
    compiled template is kept in the folder `cache`.
    """
    shown = view(design, proof)
    style, script = _asset("style.css"), _asset("script.js")
    diagram = erd.svg(design.schema, links={name: f"#{anchor}" for name, anchor in shown.table_anchors.items()})
    places = addresses or {}

    def address(span: Span) -> str:
        return f"{places[span.path]}#L{span.line}" if span.path in places else ""

    page = _environment(cache).get_template("page.html.jinja")
    return page.render(
        view=shown,
        address=address,
        diagram=Markup(diagram),  # noqa: S704 - every name in it is escaped where it is drawn
        style=Markup(style),  # noqa: S704 - a file of ours
        script=Markup(script),  # noqa: S704 - a file of ours
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@functools.cache
def _environment(cache: Path | None) -> Environment:
    """Return the environment of the template; everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("colonnade.report.html", _ASSETS),
        bytecode_cache=FileSystemBytecodeCache(str(cache)) if cache else None,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["cost"] = cost_text
    environment.filters["volume"] = volume_text
    environment.filters["breakable"] = _breakable
    environment.filters["frequency"] = _frequency
    return environment


def _breakable(words: str) -> Markup:
    """Return text that may be broken after an underscore."""
    return Markup("_<wbr>").join(words.split("_"))


def _frequency(per_second: float) -> str:
    """Return how often something happens in the unit in which it happens at least once."""
    for seconds, unit in ((1, "second"), (60, "minute"), (3600, "hour")):
        if per_second * seconds >= 1:
            return f"{per_second * seconds:,.3g} a {unit}"
    return f"{per_second * 86400:,.3g} a day"


def _asset(name: str) -> str:
    return files("colonnade.report.html").joinpath(_ASSETS, name).read_text(encoding="utf-8")
