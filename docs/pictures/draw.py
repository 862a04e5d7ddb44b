"""Draw the README's picture of a run: `python docs/pictures/draw.py` in the repository.

The picture of the page is a screenshot of `examples/taskboard/generated/report.html`, 1240 by 1060:
`chromium --headless --hide-scrollbars --window-size=1240,1060 --screenshot=report.png PAGE`.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from rich.console import Console

from colonnade import api
from colonnade.report.text import print_design

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Design and prove the example, and write what is printed as run.svg."""
    os.chdir(ROOT / "examples" / "taskboard")
    with tempfile.TemporaryDirectory() as folder:
        result = api.design([Path("taskboard.spec.yaml"), Path("openapi.yaml")], out=Path(folder, "schema"))
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=96, file=nowhere, force_terminal=True, highlight=False)
        console.print("$ colonnade design taskboard.spec.yaml openapi.yaml --out schema", style="bold", highlight=False)
        print_design(
            console,
            result.design,
            result.proof,
            out="schema",
            changed=result.changed,
            elapsed_ms=result.elapsed_ms,
        )
    picture = console.export_svg(title="colonnade design")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)  # nothing is fetched from elsewhere
    Path(ROOT, "docs", "pictures", "run.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
