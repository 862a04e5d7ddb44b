"""TLS as a URL asks for it, over each driver: who cannot show the right certificate is not spoken to."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from colonnade.dsn import Dsn
from colonnade.postgres import Server
from colonnade.postgres.embedded import server_account
from pooling import PROGRAM, Pooler
from runtime_support import WAYS, Way, client

OPENSSL = shutil.which("openssl")
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
# The certificate is for "localhost" alone.
ACCEPTED = {
    "verified": ("localhost", "sslmode=verify-full&sslrootcert={ours}"),
    "verified, whatever its name": ("127.0.0.1", "sslmode=verify-ca&sslrootcert={ours}"),
    "encrypted only": ("127.0.0.1", "sslmode=require"),
}
REFUSED = {
    "of another authority": ("localhost", "sslmode=verify-full&sslrootcert={others}"),
    "of another authority, whatever its name": ("localhost", "sslmode=verify-ca&sslrootcert={others}"),
    "of another authority, where one is named": ("localhost", "sslmode=require&sslrootcert={others}"),
    "of another name": ("127.0.0.1", "sslmode=verify-full&sslrootcert={ours}"),
    "none is asked for": ("localhost", "sslmode=disable"),
}


@dataclass(frozen=True)
class Place:
    """A port behind TLS, and the certificates of who has signed for it and of somebody else."""

    port: int
    ours: Path
    others: Path

    def dsn(self, host: str, options: str) -> Dsn:
        """Return how to get there."""
        return Dsn.parse(f"postgresql://postgres@{host}:{self.port}/postgres?{options}".format(**vars(self)))


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run([str(OPENSSL), *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def behind_tls(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a pooler that takes nobody without TLS; the embedded server is built without it."""
    if OPENSSL is None or PROGRAM is None:
        pytest.skip("openssl or PgBouncer is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for name in ("ours", "others"):
        openssl(
            folder, "req", "-x509", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"
        )
    openssl(folder, "req", *NEW_KEY, "-subj", "/CN=localhost", "-keyout", "key", "-out", "request")
    (folder / "names").write_text("subjectAltName = DNS:localhost")
    signing = ("-CA", "ours.pem", "-CAkey", "ours.key", "-CAcreateserial", "-extfile", "names")
    openssl(folder, "x509", "-req", "-in", "request", *signing, "-out", "certificate")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    tls = {"sslmode": "require"}
    for name, file in (("key_file", "key"), ("cert_file", "certificate")):
        tls[name] = str(shutil.copy(folder / file, f"{server.dsn.host}/tls_{file}"))
        server_account().own(Path(tls[name]))
    more = "\n".join(f"client_tls_{name} = {value}" for name, value in tls.items())
    made = Pooler(server.dsn.host, address="127.0.0.1", port=port, more=more)
    yield Place(port, folder / "ours.pem", folder / "others.pem")
    made.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("host", "options"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_right_certificate_is_taken(behind_tls: Place, way: Way, host: str, options: str) -> None:
    with client(way, behind_tls.dsn(host, options), pooled=True) as service:
        assert service.transact("SELECT 1", read_only=True) == [(1,)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("host", "options"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_certificate_is_refused_at_once(behind_tls: Place, way: Way, host: str, options: str) -> None:
    with client(way, behind_tls.dsn(host, options), pooled=True) as service:
        with pytest.raises((DBAPIError, OSError)):
            service.transact("SELECT 1", read_only=True)
        assert [each.name for each in service.notes.events if "connect" in each.name] == ["connect_given_up"]
