"""Neon's own description of its API, against which answers are checked; skipped where the document is absent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator, FormatChecker

_PLACES = [each / "shared" / "neon" / "openapi.json" for each in Path(__file__).resolve().parents]


@cache
def document() -> dict[str, Any]:
    """Return the document, with `nullable` written as JSON Schema writes it."""
    found = next((each for each in _PLACES if each.exists()), None)
    if found is None:
        pytest.skip("the description of Neon's API is not part of this repository")
    value: dict[str, Any] = _with_nulls(json.loads(found.read_text(encoding="utf-8")))
    return value


def check(method: str, path: str, status: int, body: object) -> None:
    """Raise ValidationError for an answer that the document does not allow."""
    for template, methods in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in methods:
            responses = methods[method.lower()]["responses"]
            _check_body(responses.get(str(status), responses["default"]), status, body)
            return
    message = f"the document has no {method} {path}"
    raise LookupError(message)


def _check_body(response: dict[str, Any], status: int, body: object) -> None:
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response.get("content")
    if content is None:
        assert body is None, f"status {status} has no body"
        return
    schema = {**content["application/json"]["schema"], "components": document()["components"]}
    found = list(_errors(schema, body))
    assert not found, "\n".join(found)


def _errors(schema: dict[str, Any], body: object) -> Iterator[str]:
    for each in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(body):
        best = jsonschema.exceptions.best_match([each]) or each
        yield f"{best.json_path}: {best.message}"


def _with_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _with_nulls(each) for name, each in value.items()}
    if changed.pop("nullable", False) and isinstance(changed.get("type"), str):
        changed["type"] = [changed["type"], "null"]
    return changed
