"""The files that a design is written to, and read back from."""

from __future__ import annotations

import codecs
import functools
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from colonnade.design import Design
from colonnade.emit import ddl, erd, rationale
from colonnade.emit.models import package
from colonnade.errors import InputError
from colonnade.prove import Proof
from colonnade.prove.document import anchors, json_document, markdown
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
    }


def proof_files(design: Design, proof: Proof | None) -> dict[str, str]:
    """Return the rationale, linked to the evidence, and the proof if there is one."""
    if proof is None:
        return {"DESIGN.md": rationale.markdown(design)}
    return {
        "DESIGN.md": rationale.markdown(design, anchors=anchors(proof)),
        "PROOF.md": markdown(proof, name=design.name),
        "proof.json": json_document(proof),
    }


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
