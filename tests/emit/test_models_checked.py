"""What is emitted passes the checks of a strict project: ruff's linter and formatter, mypy and pyright."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from model_designs import taskboard

from colonnade.design.designer import design
from colonnade.emit.models import package
from colonnade.spec import Spec
from forking import write
from strategies import specs

_DESIGNS = 12
_RULES = "A,B,C4,D,E,F,I,N,PIE,Q,RET,RUF,SIM,UP,W"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the packages of some random designs, and of one with everything by hand."""
    folder = tmp_path_factory.mktemp("corpus")
    packages = [package(taskboard())]

    @settings(max_examples=_DESIGNS, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
    @given(spec=specs())
    def collect(spec: Spec) -> None:
        packages.append(package(design(spec)))

    collect()
    for number, files in enumerate(packages):
        write({"__init__.py": "", **files}, folder / f"case_{number}")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--isolated", "--select", _RULES, "--ignore", "D104,D203,D205,D213,RUF001"),
        ("ruff", "format", "--isolated", "--check"),
        ("mypy", "--strict", "--no-error-summary"),
        ("pyright", "--pythonpath", sys.executable),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_emitted_code_passes(corpus: Path, command: tuple[str, ...]) -> None:
    tool, *arguments = command
    run = subprocess.run(
        [Path(sys.executable).with_name(tool), *arguments, "."], cwd=corpus, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
