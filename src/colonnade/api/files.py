"""The files that a design is written to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from colonnade.api.cache import cache_folder
from colonnade.api.design_document import design_json
from colonnade.design import Design
from colonnade.emit import ddl, erd, rationale
from colonnade.emit.models import package
from colonnade.prove import Proof
from colonnade.prove.document import json_document
from colonnade.report import proof_page
from colonnade.report.evidence import object_anchors
from colonnade.report.html import html


def design_files(design: Design) -> dict[str, str]:
    """Return the files that follow from the design alone: relative path to text."""
    return {
        **package(design),
        "schema.sql": ddl.script(design.schema, role=design.application_role),
        "design.json": design_json(design),
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
