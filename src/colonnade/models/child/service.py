"""Requests turned into responses."""

from __future__ import annotations

import gc
from typing import BinaryIO

import sqlmodel  # noqa: F401 - a slow import, done while nobody waits for it
from pydantic import TypeAdapter
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from colonnade.models.child import creation, importing, mapping
from colonnade.models.child.blame import failure
from colonnade.models.child.exercise import exercise
from colonnade.models.child.importing import Loaded
from colonnade.models.messages import Failure, Request, Response

_REQUEST = TypeAdapter(Request)
_RESPONSE = TypeAdapter(Response)


def serve(requests: BinaryIO, responses: BinaryIO) -> None:
    """Answer each line until the other side closes."""
    # Nothing connects yet: this imports dialect and driver, which takes as long as SQLModel, while nobody waits.
    create_engine("postgresql+psycopg://", poolclass=NullPool)
    loaded: Loaded | None = None
    for line in requests:
        request = _REQUEST.validate_json(line)
        try:
            if request.command == "load":
                loaded = importing.load(request.path)
                response = Response(models=mapping.describe(loaded))
                gc.freeze()  # classes and mappers stay: nothing looks for garbage among them any more
            else:
                response = _run(request, loaded)
        except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever the models raise is reported, not hidden
            root = request.path if request.command == "load" else (loaded.root if loaded else "")
            response = Response(failure=failure(problem, command=request.command, root=root))
        responses.write(_RESPONSE.dump_json(response) + b"\n")
        responses.flush()


def _run(request: Request, loaded: Loaded | None) -> Response:
    """Do what needs models."""
    if loaded is None:
        return Response(failure=Failure(message="no models were loaded"))
    if request.command == "create":
        creation.create_all(loaded, request.url, stand_ins=request.stand_ins)
        return Response()
    if request.trials is None:
        return Response(failure=Failure(message="no trials were given"))
    return Response(steps=exercise(loaded, request.trials))
