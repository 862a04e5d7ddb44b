"""The documents that people give, whatever their format, as one spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from colonnade.errors import InputError, SpecError
from colonnade.spec.answers import Answer, read_answers, settle
from colonnade.spec.colonnade_file import read_assumptions, read_colonnade
from colonnade.spec.document import Document, load
from colonnade.spec.merging import merge
from colonnade.spec.nearest import nearest
from colonnade.spec.spec import Spec

_ACCEPTED = "a spec file (colonnade: 1) or an OpenAPI document (openapi: 3.0 or 3.1)"
_SUFFIXES = (".yaml", ".yml", ".json")
_KINDS = ("colonnade", "openapi", "swagger")
_KEYS = "|".join(_KINDS).encode()
_ROOT_KEY = re.compile(rb"""^["']?(?:%b)["']?[ \t]*:|"(?:%b)"\s*:""" % (_KEYS, _KEYS), re.MULTILINE)
_SNIFFED_BYTES = 65_536


def read(paths: Sequence[Path], *, answers: Path | None = None) -> Spec:
    """Return what the documents say, merged, with the answers applied.

    A path may be a folder: every spec file and OpenAPI document in it is read. `answers` is a file of
    `Q-…: answer` lines and wins over what a spec file assumes. Raises InputError when there is nothing to
    read, SpecError with place and hint when a document cannot be read.
    """
    documents = tuple(_documents(paths))
    own = tuple(each for each in documents if "colonnade" in each.root)
    contracts = tuple(each for each in documents if "colonnade" not in each.root)
    given = read_answers(answers) if answers is not None else {}
    if not own:
        return settle(_read_contracts(contracts, given), given)
    assumed = read_assumptions(own)
    chosen = {**assumed, **given}
    contract = _read_contracts(contracts, chosen) if contracts else None
    spec = read_colonnade(own, contract=contract)
    if contract is not None:
        spec = merge(spec, contract, answers={identifier: answer.text for identifier, answer in chosen.items()})
    return settle(spec, chosen)


def _read_contracts(documents: tuple[Document, ...], answers: Mapping[str, Answer]) -> Spec:
    """Return what OpenAPI documents say together, read as the answers settle it."""
    from colonnade.spec.openapi import read_openapi  # a spec file alone does not need it

    return read_openapi(documents, {identifier: answer.text for identifier, answer in answers.items()})


def _documents(paths: Sequence[Path]) -> Iterator[Document]:
    """Yield each document once, spec files and contracts alike. Raises at what is neither."""
    seen: set[Path] = set()
    for path in paths:
        for document in _in_folder(path) if path.is_dir() else (load(path),):
            resolved = Path(document.path).resolve()
            if resolved not in seen:
                seen.add(resolved)
                _check_kind(document)
                yield document
    if not seen:
        raise InputError("no document to read", hint=f"Name {_ACCEPTED}, or a folder that holds one.")


def _in_folder(path: Path) -> Iterator[Document]:
    """Yield the documents in a folder in order of their names; hidden folders and other files are left out."""
    found = False
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if hidden or file.suffix.lower() not in _SUFFIXES or not file.is_file() or not _may_be_root(file):
            continue
        document = load(file)
        if any(key in document.root for key in _KINDS):
            found = True
            yield document
    if not found:
        raise InputError(f'folder "{path}" holds no document', hint=f"Put {_ACCEPTED} there, or name the file itself.")


def _may_be_root(file: Path) -> bool:
    """Tell whether the beginning of a file names the key of a document, so that others need not be loaded."""
    try:
        with file.open("rb") as stream:
            return bool(_ROOT_KEY.search(stream.read(_SNIFFED_BYTES)))
    except OSError as error:
        raise InputError(f'file "{file}" cannot be read', detail=f"The system says: {error}.") from error


def _check_kind(document: Document) -> None:
    """Refuse what is neither a spec file nor an OpenAPI document, with the way out."""
    root = document.root
    if not root.is_mapping:
        raise SpecError("the document is not a mapping", at=root.span, hint=f"Give {_ACCEPTED}.")
    if "swagger" in root:
        raise SpecError(
            "Swagger 2.0 is not read",
            at=root.key_span("swagger"),
            hint="Convert it to OpenAPI 3, for example with `npx swagger2openapi`, and give the result.",
        )
    if "colonnade" in root and "openapi" in root:
        raise SpecError(
            "the document is a spec file and an OpenAPI document at once",
            at=root.key_span("openapi"),
            hint="Keep them in two files and name both; they are merged.",
        )
    if "colonnade" in root or "openapi" in root:
        return
    close = next((key for key in root.keys() if nearest(key, ("colonnade", "openapi"))), "")  # noqa: SIM118 - a Node is no dict
    raise SpecError(
        "the document is neither a spec file nor an OpenAPI document",
        at=root.key_span(close) if close else root.span,
        hint=f'Did you mean "{nearest(close, ("colonnade", "openapi"))}"?' if close else f"Give {_ACCEPTED}.",
    )
