"""What an exchange was last served with, kept in its data directory for a standby to serve likewise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from exchange.config import Settings
from exchange.explained import ExplainedError

SERVED_NAME = "served.json"


class ServedError(ExplainedError, ValueError):
    """What an exchange was served with cannot be read."""


def keep(settings: Settings) -> None:
    """Replace what is kept; paths are made absolute, since a standby may run elsewhere."""
    path = settings.data_dir / SERVED_NAME
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(encoded(settings))
    partial.replace(path)


def read(directory: Path) -> Settings:
    """Return the settings that the exchange of a directory was last served with.

    Raises FileNotFoundError where none was, and ServedError where the file is damaged.
    """
    path = directory / SERVED_NAME
    if not path.exists():
        raise FileNotFoundError(f"{path}: nothing was served from here yet; `cfx serve` does")
    try:
        return decoded(path.read_bytes())
    except ServedError as error:
        raise ServedError(f"{path}: {error}; `cfx serve` writes it anew") from None


def encoded(settings: Settings) -> bytes:
    """Return settings as JSON, without the address of the log, which may carry a password."""
    kept = msgspec.structs.replace(settings, log=None)
    return msgspec.json.format(msgspec.json.encode(kept, enc_hook=_text))


def decoded(content: bytes) -> Settings:
    """Return the settings of such JSON; raises ServedError where it is none."""
    try:
        return msgspec.json.decode(content, type=Settings, dec_hook=_path)
    except msgspec.DecodeError as error:
        raise ServedError(str(error)) from None


def _text(value: Any) -> str:
    if isinstance(value, Path):
        return str(value.absolute())
    raise NotImplementedError(type(value))


def _path(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError(kind)
