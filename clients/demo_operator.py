"""The operator's seat of a demo: a key, the commands to try, and news of margin calls and defaults."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from exchange.admin.client import CallLost, CallRefused, KeyMissing, OperatorClient, read_key
from exchange.gateway.keys import FILE_MODE, KEYS_NAME, Credentials, KeyStore
from exchange.gateway.scopes import INDEX_WRITE

OPERATOR = "demo-operator"
KEY_NAME = "operator.json"
INDEX_PROVIDER = "demo-index"
INDEX_KEY_NAME = "index.json"
SCOPE = "operator:read_write"
DRILLED = "H100-PERPETUAL"
"""The contract of the suggested commands; it does not expire, however fast the market's days pass."""
PERIOD_S = 2.0


def operator_key(data_dir: Path) -> tuple[Path, Credentials]:
    """Return an operator's key and the file that holds it, made where there is none that is valid."""
    return data_dir / KEY_NAME, made_key(data_dir, data_dir / KEY_NAME, OPERATOR, SCOPE)


def index_key(data_dir: Path) -> Credentials:
    """Return the key of the provider that reports the economy's prices."""
    return made_key(data_dir, data_dir / INDEX_KEY_NAME, INDEX_PROVIDER, INDEX_WRITE)


def made_key(data_dir: Path, path: Path, name: str, scope: str) -> Credentials:
    """Return the key that a file holds, made where it holds none that is valid."""
    store = KeyStore(data_dir / KEYS_NAME)
    valid = store.keys()
    try:
        try:
            held = read_key(path)
        except KeyMissing:
            held = None
        if held is None or held.client_id not in {one.client_id for one in valid}:
            held = store.create(name, (scope,), "demo", created_ns=time.time_ns())
            descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(held._asdict())))
    finally:
        store.close()
    return held


def to_try(key: Path, url: str) -> list[str]:
    """Return the commands with which whoever watches may operate the demo, complete as they stand."""
    admin = f"cfx admin --key {key} --url {url}"
    mark = f"{admin} mark {DRILLED}"
    return [
        f"{admin} account thin --deposit 20000 --reason 'a drill'",
        f"{admin} block {DRILLED} --buyer thin --seller market-maker-1 --amount 20000 "
        "--price 2.75 --yes --reason 'a drill'",
        f"{mark} --move -30 --hold 60 --yes --reason 'a drill'",
        f"{admin} defaults",
        f"{mark} --by-rule --yes --reason 'the drill is over'",
    ]


class RiskNews:
    """Tells what changed between two answers of ``operator/get_waterfall``, a line each."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._told: dict[int, bool] = {}
        """Place in the log of each default that was told of -> whether its end was."""

    def lines(self, waterfall: dict[str, Any]) -> list[str]:
        """Return the lines since the answer before."""
        found = []
        states = {one["account"]: one for one in waterfall["unsound"]}
        for account, one in states.items():
            if one["state"] == "called" and self._states.get(account) != "called":
                found.append(
                    f"margin call: {account} has {one['equity']:,.2f} $ "
                    f"of {one['maintenance_margin']:,.2f} $ maintenance margin"
                )
        ended = {one["account"] for one in waterfall["defaults"] if one["ended_at"]}
        for account, state in self._states.items():
            if state == "called" and account not in states and account not in ended:
                found.append(f"margin call met: {account}")
        self._states = {account: one["state"] for account, one in states.items()}
        for default in reversed(waterfall["defaults"]):
            found += self._default_lines(default)
        return found

    def _default_lines(self, default: dict[str, Any]) -> list[str]:
        seq, over = default["begun_seq"], default["ended_at"] is not None
        found = []
        if seq not in self._told:
            found.append(
                f"default: {default['account']} is closed out with "
                f"{default['begun_equity']:,.2f} $ of equity"
            )
        if over and not self._told.get(seq):
            found.append(f"default over: {default['account']} is left with {_sums(default)}")
        self._told[seq] = over
        return found


def _sums(default: dict[str, Any]) -> str:
    """Return the equity at the end and what it cost whom."""
    words = [f"{default['equity']:,.2f} $"]
    if default["deleveraged"]:
        words.append(f"counterparties were deleveraged for {default['deleveraged']:,.2f} $")
    words += [f"{layer} paid {paid:,.2f} $" for layer, paid in default["paid_by"].items()]
    return ", ".join(words)


async def tell(
    client: OperatorClient, say: Callable[[str], None], period_s: float = PERIOD_S
) -> None:
    """Say the news of margin calls and defaults until cancelled; a lost call is asked again."""
    news = RiskNews()
    while True:
        try:
            found = await asyncio.to_thread(client.call, "operator/get_waterfall", {"count": 100})
        except (CallLost, CallRefused):
            # The exchange may be starting, busy or stopping; the picture beside this says which.
            found = None
        for line in news.lines(found) if found else ():
            say(line)
        await asyncio.sleep(period_s)
