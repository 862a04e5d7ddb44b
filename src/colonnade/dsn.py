"""Connection strings: read, shown without their password, pointed at another database."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

from colonnade.errors import InputError

_SCHEME = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://")
_KEYWORD = re.compile(r"\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)")
_SECRET_OPTIONS = frozenset({"password", "sslpassword"})
_MASK = "***"
_POOLER = "-pooler"
# Other products call a pooler of theirs so, too, whose direct host has quite another name.
_ENDPOINT_LABEL = "ep-"
_ENDPOINT = re.compile(r"((?:^|\s)endpoint=)([\w-]+)")
NEON_HOSTS = (".neon.tech", ".neon.build")
"""How the host names of Neon end; what stands before differs by region and cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dsn:
    """Where a database is and who enters it.

    `host` is a host name, a folder holding a Unix socket, or a comma-separated list of either;
    `port` is text for the same reason. An empty part means libpq's own default. `str()` and `repr()`
    never hold the password: print a `Dsn`, never `Dsn.url`.
    """

    host: str = ""
    port: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, text: str) -> Dsn:
        """Read a URL (with or without an SQLAlchemy driver) or libpq's `key=value` form."""
        text = text.strip()
        if scheme := _SCHEME.match(text):
            return _from_url(text[scheme.end() :])
        return _from_keywords(text)

    @property
    def url(self) -> str:
        """The URL as libpq takes it, password included."""
        return self._url("postgresql", self.password, self.options)

    def sqlalchemy_url(self, driver: str = "psycopg") -> str:
        """The URL as SQLAlchemy takes it, password included."""
        return self._url(f"postgresql+{driver}", self.password, self.options)

    def __str__(self) -> str:
        """Return the URL with every secret masked."""
        shown = tuple((key, _MASK if key in _SECRET_OPTIONS else value) for key, value in self.options)
        return self._url("postgresql", _MASK if self.password else "", shown)

    def with_database(self, database: str) -> Dsn:
        """Return the same server and user with another database."""
        return replace(self, database=database)

    @property
    def neon(self) -> bool:
        """Whether the host is one of Neon's, behind whose proxy a compute sleeps and wakes."""
        return bool(self.host) and all(host.endswith(NEON_HOSTS) for host in self.host.split(","))

    @property
    def pooled(self) -> bool:
        """Whether the host is Neon's transaction pooler, which keeps no session state."""
        return any(_without_pooler(label) != label for label in map(_label, self.host.split(",")))

    def direct(self) -> Dsn:
        """Return the same database without Neon's pooler in between."""
        return self._with_labels(_without_pooler)

    def through_pooler(self) -> Dsn:
        """Return the same database through Neon's pooler; other hosts have none and stay."""
        if not self.neon:
            return self
        return self._with_labels(lambda label: f"{_without_pooler(label)}{_POOLER}")

    def option(self, name: str) -> str:
        """Return a parameter of the connection, "" where it is not given."""
        return dict(self.options).get(name, "")

    def _with_labels(self, change: Callable[[str], str]) -> Dsn:
        """Change the first label of each host; Neon's proxy wants the `endpoint` option to say the same."""
        hosts = [_label(host) for host in self.host.split(",")]
        host = ",".join(
            change(label) + whole[len(label) :] for label, whole in zip(hosts, self.host.split(","), strict=True)
        )
        options = tuple(
            (key, _ENDPOINT.sub(lambda found: found[1] + change(found[2]), value) if key == "options" else value)
            for key, value in self.options
        )
        return replace(self, host=host, options=options)

    def _url(self, scheme: str, password: str, options: tuple[tuple[str, str], ...]) -> str:
        """Write the parts down; what a URL's authority cannot hold goes into its query."""
        secret = f":{quote(password, safe='*')}" if password else ""
        user = f"{quote(self.user, safe='')}{secret}@" if self.user or secret else ""
        plain = not set("/,@") & set(self.host)
        authority = _authority(self.host, self.port) if plain else ""
        query = list(options)
        if not plain:
            query += [("host", self.host)]
            query += [("port", self.port)] if self.port else []
        elif self.port and not self.host:
            query += [("port", self.port)]
        tail = f"?{urlencode(query, quote_via=quote, safe='/,*')}" if query else ""
        return f"{scheme}://{user}{authority}/{quote(self.database, safe='')}{tail}"


def _label(host: str) -> str:
    """Return the first label of a host name; a folder, an address and a name of one label have none to be changed."""
    return "" if host.startswith(("/", "@")) or ":" in host or "." not in host else host.partition(".")[0]


def _without_pooler(label: str) -> str:
    """Return the label of an endpoint itself."""
    return label.removesuffix(_POOLER) if label.startswith(_ENDPOINT_LABEL) else label


def _authority(host: str, port: str) -> str:
    """Return `host:port`, an IPv6 address in brackets."""
    if not host:
        return ""
    bracketed = f"[{host}]" if ":" in host else quote(host, safe="")
    return f"{bracketed}:{port}" if port else bracketed


def _from_url(rest: str) -> Dsn:
    """Read what follows `postgresql://`."""
    rest, _, query = rest.partition("?")
    authority, _, database = rest.partition("/")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if "@" in database or any("@" in name for name in options):  # what follows a raw / or ? is no database to be shown
        raise InputError(
            "connection URL has a password that is not encoded",
            hint="Percent-encode special characters: / as %2F, ? as %3F, @ as %40, % as %25.",
        )
    login, _, place = authority.rpartition("@")
    user, _, password = login.partition(":")
    hosts, ports = _places(place)
    parts = {
        "host": hosts,
        "port": ports,
        "user": unquote(user),
        "password": unquote(password),
        "dbname": unquote(database),
    }
    # libpq takes any parameter from the query too, where it wins over the authority.
    return _from_parts(parts | options)


def _places(text: str) -> tuple[str, str]:
    """Split `host:port,host:port` into the hosts and the ports."""
    hosts: list[str] = []
    ports: list[str] = []
    for place in text.split(","):
        found = re.fullmatch(r"(?:\[(?P<six>[^\]]*)\]|(?P<host>[^:]*))(?::(?P<port>\d*))?", place)
        if found is None:
            raise InputError(
                "connection URL has a malformed host",
                hint="Write postgresql://user:password@host:5432/database; percent-encode special characters.",
            )
        hosts.append(unquote(found["six"] or found["host"] or ""))
        ports.append(found["port"] or "")
    return ",".join(hosts), ",".join(ports) if any(ports) else ""


def _from_keywords(text: str) -> Dsn:
    """Read `host=… dbname=…`."""
    parts: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _KEYWORD.match(text, position)
        if found is None:
            break
        value = found[2] if found[2] is not None else found[3]
        parts[found[1]] = re.sub(r"\\(.)", r"\1", value)
        position = found.end()
    if not parts or position < len(text):
        # The text is not quoted back: it may hold a password.
        raise InputError(
            "not a Postgres connection string",
            hint="Write postgresql://user:password@host:5432/database.",
        )
    return _from_parts(parts)


def _from_parts(parts: dict[str, str]) -> Dsn:
    """Turn libpq's parameter names into a value."""
    named = {"host", "port", "user", "password", "dbname"}
    return Dsn(
        host=parts.get("host", ""),
        port=parts.get("port", ""),
        user=parts.get("user", ""),
        password=parts.get("password", ""),
        database=parts.get("dbname", ""),
        options=tuple((key, value) for key, value in parts.items() if key not in named),
    )
