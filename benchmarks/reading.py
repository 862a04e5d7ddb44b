"""How long documents take to be read, or to be refused.

`python benchmarks/reading.py [DOCUMENT…]` prints seconds for OpenAPI documents, then for input that should be refused
at once: a file of 5 GB, an expansion of aliases, a hundred thousand brackets.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from colonnade.errors import SpecError
from colonnade.spec.document import load, parse
from colonnade.spec.read import read


def main() -> None:
    """Print one line for each input."""
    for name in sys.argv[1:]:
        _print(name, partial(read, [Path(name)]))
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.truncate(5_000_000_000)
        _print("5 GB", lambda: load(Path(file.name)))
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    _print("10^12 values by aliases", lambda: parse("\n".join(bomb), path="bomb.yaml"))
    for name in ("deep.yaml", "deep.json"):
        _print(f"100,000 brackets in {name}", partial(parse, "[" * 100_000, path=name))


def _print(name: str, action: Callable[[], object]) -> None:
    started = time.perf_counter()
    try:
        action()
        outcome = "read"
    except SpecError as error:
        outcome = f"refused: {error.message}"
    print(f"{name}: {time.perf_counter() - started:.2f} s, {outcome}")


if __name__ == "__main__":
    main()
