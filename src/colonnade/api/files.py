"""The files that a design is written to, and read back from."""

from __future__ import annotations

import codecs
import functools
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from colonnade.api.cache import cache_folder
from colonnade.design import Design
from colonnade.emit import ddl, erd, rationale
from colonnade.emit.models import package
from colonnade.errors import InputError
from colonnade.prove import Proof
from colonnade.prove.document import json_document
from colonnade.report import proof_page
from colonnade.report.evidence import object_anchors
from colonnade.report.html import html
from colonnade.span import Span


@functools.cache
def _adapter() -> TypeAdapter[Design]:
    """Return what reads and writes the value as JSON; building it takes longer than most runs use it."""
    return TypeAdapter(Design)


def design_files(design: Design) -> dict[str, str]:
    """Return the files that follow from the design alone: relative path to text."""
    return {
        **package(design),
        "schema.sql": ddl.script(design.schema, role=design.application_role),
        "design.json": _adapter().dump_json(design, indent=1).decode() + "\n",
        "erd.svg": erd.svg(design.schema),
        "erd.mmd": erd.mermaid(design.schema),
        "erd.dbml": erd.dbml(design.schema),
    }


def proof_files(design: Design, proof: Proof | None, *, out: Path) -> dict[str, str]:
    """Return the rationale and the page, linked to the spec and the evidence, and the proof if there is one."""
    addresses = source_addresses(design.spec.sources, out)
    page = {"report.html": html(design, proof, addresses=addresses, cache=cache_folder())}
    if proof is None:
        return {**page, "DESIGN.md": rationale.markdown(design, addresses=addresses)}
    return {
        **page,
        "DESIGN.md": rationale.markdown(design, evidence=object_anchors(proof), addresses=addresses),
        "PROOF.md": proof_page.markdown(proof, name=design.name),
        "proof.json": json_document(proof),
    }


def source_addresses(sources: Iterable[str], out: Path) -> dict[str, str]:
    """Return where each source stands as seen from the output folder.

    Only where both are below the working folder: a link out of it would depend on the machine, and the same input
    gives the same bytes everywhere.
    """
    here = Path.cwd()
    folder = (here / out).resolve()
    found: dict[str, str] = {}
    for source in sources:
        path = (here / source).resolve()
        if path.is_relative_to(here.resolve()) and folder.is_relative_to(here.resolve()):
            found[source] = quote(Path(os.path.relpath(path, folder)).as_posix())
    return found


def shown_path(path: str) -> str:
    """Return a path as people write it: from the current folder where it lies below."""
    place = Path(path)
    return str(place.relative_to(Path.cwd())) if place.is_relative_to(Path.cwd()) else os.path.normpath(path)


def read_text(path: Path) -> str:
    """Return the text of a file; raises InputError when it is no text in UTF-8."""
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InputError(
            f'cannot read "{path}"', detail=str(error.strerror), hint="Check its name and permissions."
        ) from error
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte 0x{data[error.start]:02X} is not UTF-8",
            at=Span(path=str(path), line=data.count(b"\n", 0, error.start) + 1),
            hint="Save the file in the encoding UTF-8.",
        ) from error


def read_design(path: Path) -> Design:
    """Read a design.json; raises InputError when it is not one."""
    try:
        return _adapter().validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f'cannot read "{path}"', detail=str(error.strerror), hint="Make it with design.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f'"{path}" is not a design', detail=f"{place or 'JSON'}: {first['msg']}.", hint="Make it anew with design."
        ) from error
