"""LogAddress: where a log's stream is, as operators write it, and shown without its secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

SCHEMES = ("nats", "tls")
DEFAULT_PORT = 4222
FORM = "nats://HOST[:PORT][,HOST[:PORT]…]/NAME[?replicas=3&creds=FILE&ca=FILE&cert=FILE&key=FILE]"
MAX_REPLICAS = 5
"""Of JetStream."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_FILES = ("creds", "ca", "cert", "key")


class LogServerError(OSError):
    """The servers of a log cannot be used; the text says why and what to do."""


class LogAddressError(LogServerError, ValueError):
    """No address of a log; the text says what is wrong and which form is wanted."""


@dataclass(frozen=True, slots=True)
class LogAddress:
    """The servers and the name of a log; ``str()`` of it holds no secret.

    servers: URLs as the NATS client takes them, perhaps with user and password.
    replicas: how many servers keep the stream when it is made here; None where nothing is asked for.
    """

    servers: tuple[str, ...] = field(repr=False)
    name: str
    replicas: int | None = None
    creds: Path | None = None
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return f"CFX_{self.name}"

    @property
    def subject(self) -> str:
        """The one subject of the stream."""
        return f"cfx.{self.name}.log"

    @property
    def is_encrypted(self) -> bool:
        """Say whether the servers have to encrypt."""
        return self.servers[0].startswith("tls://") or self.ca is not None or self.cert is not None

    def __str__(self) -> str:
        hosts = ",".join(
            server.rpartition("@")[2].partition("://")[2] or server.rpartition("@")[2]
            for server in self.servers
        )
        return f"{self.servers[0].partition('://')[0]}://{hosts}/{self.name}"


def parse(text: str) -> LogAddress:
    """Return the address that a text in FORM says; raises LogAddressError without repeating secrets."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in SCHEMES:
        raise LogAddressError(f"the address of a log begins with nats:// or tls://: {FORM}")
    parts = urlsplit(f"//{rest}")
    name = parts.path.removeprefix("/")
    if not _NAME.fullmatch(name):
        raise LogAddressError(
            "the address of a log ends with its name, 1 to 32 letters, digits, '_' or '-', "
            f"not {name!r}: {FORM}"
        )
    credentials, _, hosts = parts.netloc.rpartition("@")
    servers = tuple(_server(scheme, credentials, host) for host in hosts.split(","))
    return LogAddress(servers, name, **_options(parts.query))  # type: ignore[arg-type]


def _server(scheme: str, credentials: str, host: str) -> str:
    try:
        found = urlsplit(f"//{host}")
        port = found.port or DEFAULT_PORT
    except ValueError:
        raise LogAddressError(
            f"{host!r} is not HOST:PORT with a port up to 65535: {FORM}"
        ) from None
    if not found.hostname:
        raise LogAddressError(f"the address of a log names at least one host: {FORM}")
    shown = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    return (
        f"{scheme}://{credentials}@{shown}:{port}" if credentials else f"{scheme}://{shown}:{port}"
    )


def _options(query: str) -> dict[str, int | Path]:
    options: dict[str, int | Path] = {}
    for key, text in parse_qsl(query, keep_blank_values=True):
        if key == "replicas":
            if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_REPLICAS:
                raise LogAddressError(
                    f"replicas is a number from 1 to {MAX_REPLICAS}, not {text!r}"
                )
            options[key] = int(text)
        elif key in _FILES:
            path = Path(text)
            if not path.is_file():
                raise LogAddressError(f"{key}: there is no file {text}")
            options[key] = path
        else:
            raise LogAddressError(f"the address of a log has no option {key!r}: {FORM}")
    if ("cert" in options) != ("key" in options):
        raise LogAddressError(
            "cert and key go together: a client's certificate and its private key"
        )
    return options
