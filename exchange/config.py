"""Settings of one running exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from exchange.log.terms import SNAPSHOTS_KEPT, Durability

DEFAULT_DEPOSIT_MICROS = 10_000_000 * 1_000_000
DEFAULT_MAX_ORDERS = 1_000
DEFAULT_CALL_S = 60
DEFAULT_MAX_WAITING = 100_000
DEFAULT_SNAPSHOT_COMMANDS = 1_000_000
MAX_CALL_S = 7 * 86_400
DEFAULT_INSURANCE_USD = 1_000_000
MAX_INSURANCE_USD = 10**9
MAX_DAYS_PER_MINUTE = 1_000.0
"""Beyond this a market day is shorter than the schedule's step."""
ROWS_A_FILE = 1_000_000
SECONDS_A_FILE = 3_600.0
"""With so many rows, or after so long, the recorder closes a file of the tape."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


Indices = Literal["walk", "reported"]
TradingHours = Literal["rulebook", "always"]
"""Whether families keep the hours of their rule books, or trade round the clock."""


class AccountSetting(msgspec.Struct, frozen=True):
    """An account to open at the start, and what to deposit in it when it is new."""

    name: str
    deposit_micros: int = DEFAULT_DEPOSIT_MICROS


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `cfx serve` is told.

    port, marketdata_port: 0 takes a free one. seed: of the index walk. index_csv: the user's observed
    prices; without it a generated series. time_scale: how much faster than real time the index moves.
    contracts: specification files to list beside the shipped ones; families: codes of the shipped ones to
    list, all if none is given. hours: whether families keep their rule books' trading hours, or trade round
    the clock, so that whoever starts an exchange on a Saturday finds it open. rate_limit: orders a
    second of one account, None for the gateway's default; max_orders: open orders of an account that is
    opened now. insurance_usd: what a new exchange's insurance fund begins with, at most MAX_INSURANCE_USD.
    call_s: how many wall seconds an account of a new exchange has to meet a margin call.
    ephemeral: whether the caller throws data_dir away afterwards, which decides only what is said.
    index_interval_s: wall seconds between index prints, each followed by a mark.
    indices: walk, or reported: by the observations that an index provider reports, see reported_source.
    days_per_minute: how many days of the market pass in a minute, None for real time.
    snapshot_commands: how many commands pass between snapshots; snapshots_kept: the newest ones.
    durability: see exchange.log.port.
    log: address of the log on JetStream, None for the data directory alone.
    max_waiting: commands that may wait for the log before further ones are refused.
    """

    data_dir: Path
    ephemeral: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    marketdata_port: int = 8001
    accounts: tuple[AccountSetting, ...] = ()
    seed: int = 1
    index_csv: Path | None = None
    time_scale: float = 1.0
    contracts: tuple[Path, ...] = ()
    families: tuple[str, ...] = ()
    hours: TradingHours = "always"
    rate_limit: int | None = None
    max_orders: int = DEFAULT_MAX_ORDERS
    insurance_usd: int = DEFAULT_INSURANCE_USD
    call_s: int = DEFAULT_CALL_S
    index_interval_s: float = 1.0
    days_per_minute: float | None = None
    indices: Indices = "walk"
    snapshot_commands: int = DEFAULT_SNAPSHOT_COMMANDS
    snapshots_kept: int = SNAPSHOTS_KEPT
    durability: Durability = "fsync"
    log: str | None = None
    max_waiting: int = DEFAULT_MAX_WAITING


def parse_account(text: str) -> AccountSetting:
    """Return the setting of ``NAME`` or ``NAME:USD``.

    Raises ValueError when the name is empty or longer than 32, holds anything but letters, digits,
    ``.``, ``_`` and ``-``, or the deposit is not a positive number of dollars up to 10^9.
    """
    name, colon, deposit = text.partition(":")
    if not 1 <= len(name) <= 32 or not all(
        c.isascii() and (c.isalnum() or c in "._-") for c in name
    ):
        raise ValueError(
            f"account {name!r}: 1 to 32 letters, digits, dots, underscores or hyphens, then "
            "optionally :USD, as in bob:5000000"
        )
    if not colon:
        return AccountSetting(name)
    is_number = deposit.isascii() and deposit.isdigit() and len(deposit) <= 10
    if not is_number or not 1 <= int(deposit) <= 10**9:
        raise ValueError(f"account {name}: deposit {deposit!r} is not whole dollars from 1 to 10^9")
    return AccountSetting(name, int(deposit) * 1_000_000)
