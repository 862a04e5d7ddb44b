"""Every link in DESIGN.md and PROOF.md leads somewhere: within a page, to the other, and to the lines of the spec."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    plain = re.sub(r"<[^>]*>|[`*\\]", "", html.unescape(heading)).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def without_code(text: str) -> str:
    """Return a page without its code, which holds no links."""
    return re.sub(r"(`+).+?\1", "", re.sub(r"(?ms)^(```+)\w*\n.*?^\1$", "", text))


def anchors(text: str) -> list[str]:
    """Return where links into a page may lead."""
    headings = [slug(line.lstrip("#")) for line in without_code(text).splitlines() if re.match(r"#{1,6} ", line)]
    return headings + re.findall(r'<a id="([^"]+)">', text)


def targets(text: str) -> list[str]:
    """Return where the links of a page lead, those by reference included."""
    plain = without_code(text)
    defined = dict(re.findall(r"(?m)^\[([^\]]+)\]: <?([^\s>]+)>?", text))
    used = re.findall(r"(?<![\\!])\[([^\[\]]+)\](?![(:\[])", re.sub(r"(?m)^\[[^\]]+\]: .*$", "", plain))
    assert set(defined) == {each for each in used if each in defined}, "a definition that nothing uses"
    assert [each for each in used if each not in defined] == []
    return [defined[each] for each in used] + re.findall(r"\]\(([^)\s]+)\)", plain)


@pytest.fixture(params=["taskboard", "library"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Lend the generated folder of each example."""
    return EXAMPLES / str(request.param) / "generated"


@pytest.mark.parametrize("page", ["DESIGN.md", "PROOF.md"])
def test_every_link_leads_somewhere(folder: Path, page: str) -> None:
    found = targets((folder / page).read_text(encoding="utf-8"))
    if page == "DESIGN.md":
        assert len(found) > 100
    for target in found:
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        text = (folder / (path or page)).read_text(encoding="utf-8")
        if re.fullmatch(r"L\d+", anchor):
            assert int(anchor[1:]) <= text.count("\n") + 1, target
        elif anchor:
            assert anchor in anchors(text), target


@pytest.mark.parametrize("page", ["DESIGN.md", "PROOF.md"])
def test_no_anchor_stands_twice(folder: Path, page: str) -> None:
    marks = re.findall(r'<a id="([^"]+)">', (folder / page).read_text(encoding="utf-8"))
    assert len(marks) == len(set(marks))


def test_line_of_the_spec_says_what_is_quoted(folder: Path) -> None:
    text = (folder / "DESIGN.md").read_text(encoding="utf-8")
    cited = re.findall(r'(?m)^\[[^\]]+:(\d+)\]: <([^#>]+)#L\1> "(.*)"$', text)
    assert len(cited) > 20
    for line, path, title in cited:
        words = html.unescape(title).replace('\\"', '"').replace("\\\\", "\\").rstrip("…").split()[:2]
        said = (folder / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert all(word.rstrip("…") in said for word in words), (line, title)


def test_pages_stay_readable() -> None:
    size = (EXAMPLES / "taskboard" / "generated" / "PROOF.md").stat().st_size
    assert size < 60_000
