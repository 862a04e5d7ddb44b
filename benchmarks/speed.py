"""Whole-process times and peak memory of designing and proving.

`python benchmarks/speed.py [--runs 5] [--entities 200]` prints the median of the runs for the example, and for a
synthetic spec. Peak memory is the largest of the processes that are ours, the server's left out. Everything is
compiled to bytecode before, as pip does when it installs; an edited package in a place where Python may write no
bytecode (PYTHONDONTWRITEBYTECODE) would be compiled by every run instead.
"""

from __future__ import annotations

import argparse
import compileall
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from synthetic_spec import spec

ROOT = Path(__file__).resolve().parent.parent


def measure(arguments: Sequence[str | Path], *, runs: int) -> tuple[float, list[float]]:
    """Return the median and all wall-clock seconds of `colonnade design` into a new folder."""
    seconds = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "colonnade.cli", "design", *map(str, arguments), "--out", f"{folder}/out"]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            seconds.append(time.perf_counter() - started)
            if done.returncode not in (0, 1):
                sys.exit(done.stderr)
    return statistics.median(seconds), seconds


def main() -> None:
    """Print one line for each input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--entities", type=int, default=200)
    options = parser.parse_args()
    for folder in (ROOT / "src", sysconfig.get_path("purelib")):
        compileall.compile_dir(folder, quiet=2)
    example = sorted((ROOT / "examples" / "taskboard").glob("*.yaml"))
    _print("taskboard", *measure(example, runs=options.runs))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"taskboard: peak memory of the largest process {peak:.0f} MB")
    work = Path(tempfile.mkdtemp())
    try:
        path = work / "synthetic.spec.yaml"
        path.write_text(spec(options.entities), encoding="utf-8")
        _print(f"{options.entities} entities", *measure([path], runs=options.runs))
    finally:
        shutil.rmtree(work)


def _print(name: str, median: float, seconds: list[float]) -> None:
    print(f"{name}: median {median:.2f} s of {', '.join(f'{each:.2f}' for each in sorted(seconds))}", flush=True)


if __name__ == "__main__":
    main()
