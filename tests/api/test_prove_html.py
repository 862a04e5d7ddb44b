"""`prove` writes its report as a page where it is told to, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade import api
from colonnade.api.output_folder import write_file
from colonnade.errors import InputError, OutputError

SCRIPT = """
CREATE TABLE animals (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    mother_id bigint,
    CONSTRAINT pk_animals PRIMARY KEY (id),
    CONSTRAINT fk_animals_mother_id FOREIGN KEY (mother_id) REFERENCES animals (id)
);
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Lend a script with one fault: its reference has no index."""
    path = tmp_path / "zoo.sql"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_page_says_what_was_proved_and_what_to_change(script: Path, tmp_path: Path) -> None:
    page = tmp_path / "zoo.html"
    result = api.prove(str(script), html=page)
    text = page.read_text(encoding="utf-8")
    assert [each.claim.kind for each in result.proof.refuted] == ["index"]
    assert result.proof.refuted[0].claim.sentence in text
    assert "an index on animals (mother_id) would bound it" in text
    assert 'id="table-animals"' in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["zoo.html", "zoo.sql"]


def test_place_that_cannot_be_written_is_refused_before_anything_is_tried(script: Path, tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere" / "zoo.html", tmp_path):
        with pytest.raises(InputError):
            api.prove(str(script), html=place)
    assert [path.name for path in tmp_path.iterdir()] == ["zoo.sql"]


def test_file_is_replaced_whole_or_left_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    write_file(place, "one")
    with pytest.raises(UnicodeEncodeError):
        write_file(place, "two \ud800")
    assert place.read_text(encoding="utf-8") == "one"
    with pytest.raises(OutputError):
        write_file(tmp_path / "page.html" / "inside.html", "three")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert place.stat().st_mode & 0o777 == 0o644
