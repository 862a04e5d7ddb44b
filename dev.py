"""Set up everything in `.venv` and run one job: `python3 dev.py example | test | check | docs | ci | setup`.

Needs Python 3.11 or newer, pip and git; nothing else has to be installed first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "colonnade-setup"
EXAMPLE = ROOT / "examples" / "taskboard"


def run(*command: str | Path, **extra: str) -> None:
    """Run a command in the repository; leave with its exit code when it fails."""
    sys.stdout.flush()
    code = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **extra}, check=False
    ).returncode
    if code:
        sys.exit(code)


def make_environment() -> None:
    """Make `.venv`, also where Python came without the venv module (Debian's python3-minimal)."""
    if PYTHON.exists():
        return
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, check=False)
    if made.returncode == 0:
        return
    tools = VENV.parent / ".venv-tools"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--target", tools, "virtualenv")
    run(sys.executable, "-m", "virtualenv", "--clear", "--quiet", VENV, PYTHONPATH=str(tools))


def set_up(extra: str) -> None:
    """Install the package and the extra into `.venv`, once for each state of the requirements."""
    wanted = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")))
    stamp = f"{extra} {wanted.hexdigest()}"
    done = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []
    if stamp in done or (extra == "cli" and stamp.replace("cli", "dev", 1) in done):
        return
    make_environment()
    print(f"setting up .venv ({extra}); this happens once", file=sys.stderr, flush=True)
    run(
        *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--constraint", ROOT / "constraints.txt", "--editable", f"{ROOT}[{extra}]"),
    )
    # pip compiles what it copies, but not an editable package; where Python may not write bytecode every run would.
    run(PYTHON, "-m", "compileall", "-q", ROOT / "src")
    STAMP.write_text("\n".join([*done, stamp]) + "\n", encoding="utf-8")


def example() -> None:
    """Design the shipped example and prove every claim."""
    set_up("cli")
    sources = [EXAMPLE / name for name in ("taskboard.spec.yaml", "openapi.yaml")]
    run(BIN / "colonnade", "design", *sources, "--out", ROOT / "build" / "taskboard")


def neon_clients() -> Path:
    """Install Neon's own clients for npm, which the tests run, into `build/neon-clients`, and return that folder."""
    folder = ROOT / "build" / "neon-clients"
    wanted = (ROOT / "tests" / "branches" / "npm" / "package.json").read_text(encoding="utf-8")
    stamp = folder / "installed.json"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(wanted, encoding="utf-8")
        run("npm", "install", "--prefix", folder, "--no-package-lock", "--no-audit", "--no-fund", "--loglevel", "error")
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def tests(*arguments: str) -> None:
    """Run the whole test suite on every core."""
    set_up("dev")
    run(PYTHON, "-m", "pytest", "--numprocesses", "auto", "--dist", "worksteal", *arguments)


def check() -> None:
    """Run the linters and the type checker."""
    set_up("dev")
    run(BIN / "ruff", "check", ".")
    run(BIN / "ruff", "format", "--check", ".")
    run(BIN / "mypy")
    run(BIN / "lint-imports")


def docs() -> None:
    """Build the manual into `site/`."""
    set_up("dev")
    run(BIN / "mkdocs", "build", "--strict", "--quiet", NO_MKDOCS_2_WARNING="1")


def pooler() -> None:
    """Install PgBouncer where it is missing and the system's packages are ours to change; its tests skip without it."""
    if shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return
    installer = shutil.which("apt-get")
    if installer and hasattr(os, "geteuid") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = [installer, "install", "--yes", "--no-install-recommends", "pgbouncer"]
        # A new machine may not know what there is to install.
        for command in (install, [installer, "update"], install):
            done = subprocess.run(command, env=quiet, capture_output=True, check=False).returncode == 0
            if done and command is install:
                return
    print("no PgBouncer: the tests behind a pooler are skipped", file=sys.stderr, flush=True)


def at_once(*jobs: Callable[[], object]) -> None:
    """Run jobs side by side to the end of each; leave with the exit code of one that failed."""
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(job) for job in jobs]
    for each in running:
        each.result()


def tools() -> None:
    """Install what some tests need and Python's packages do not bring."""
    pooler()
    if shutil.which("npm"):
        neon_clients()


def main(arguments: list[str]) -> None:
    """Dispatch on the first argument."""
    job, *rest = arguments or [""]
    if job == "example":
        example()
    elif job == "test":
        tests(*rest)
    elif job == "check":
        check()
    elif job == "docs":
        docs()
    elif job == "setup":
        set_up("dev")
    elif job == "ci":
        set_up("dev")
        at_once(check, docs, tools)
        tests(*rest)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("Colonnade needs Python 3.11 or newer; this is " + sys.version.split()[0])
    main(sys.argv[1:])
