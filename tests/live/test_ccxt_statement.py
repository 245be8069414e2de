"""An unmodified ccxt client: its money against the statement, what it raises against the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ccxt

from exchange.admin.client import OperatorClient
from exchange.gateway.errors import CODES
from exchange.gateway.keys import KEYS_NAME, KeyStore
from exchange.log.store import CommandLog
from exchange.replica import Replica, recover
from tests.live.ccxt_desk import Desk
from tests.live.running import RunningExchange


def test_the_page_says_what_ccxt_raises(checkout: Path) -> None:
    page = (checkout / "docs" / "protocol" / "README.md").read_text(encoding="utf-8")
    table = page.partition("## In ccxt")[2].partition("\n## ")[0]
    written = {
        int(code): name
        for name, errors in re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)
        for code in re.findall(r"-?\d{5}", errors)
    }
    raised = ccxt.deribit().exceptions
    # What ccxt has no entry for is an ExchangeError there.
    expected = {code: raised.get(str(code), ccxt.ExchangeError).__name__ for code in CODES.values()}
    assert written == expected


def test_balance_and_positions_are_the_statement_after_trade_mark_fee_funding_and_settlement(
    tmp_path: Path,
) -> None:
    (tmp_path / "cfx-data").mkdir(mode=0o700)
    keys = KeyStore(tmp_path / "cfx-data" / KEYS_NAME)
    held = keys.create("olivia", ("operator:read_write",), "", created_ns=1)
    keys.close()
    running = RunningExchange(
        tmp_path / "cfx-data", "--account", "alice:2000000", "--account", "bob:2000000"
    )
    try:
        running.wait_ready()
        operator = OperatorClient(running.http_url, held)

        def do(method: str, **params: Any) -> Any:
            return operator.call(f"operator/{method}", {"reason": "a test", **params})

        desk = Desk(running)
        alice, bob = desk["alice"], desk["bob"]
        near, far = desk.symbols[0], desk.symbols[3]
        names = {symbol: alice.market(symbol)["id"] for symbol in (near, far)}
        do("set_mark", currency="any", move_percent=0, hold_s=3_600)
        for symbol, amount in ((near, 7), (far, 4), ("H100/USD:USD", 900)):
            price = alice.price_to_precision(symbol, float(alice.fetch_ticker(symbol)["markPrice"]))
            bob.create_order(symbol, "limit", "sell", amount, float(price))
            alice.create_order(symbol, "limit", "buy", amount, float(price))
        do("fund", instrument_name="H100-PERPETUAL", payment=0.004)
        do(
            "block_trade",
            instrument_name=names[far],
            buyer="bob",
            seller="alice",
            amount=50,
            price=float(alice.fetch_ticker(far)["markPrice"]),
        )
        do("set_mark", currency="any", move_percent=-5, hold_s=3_600)
        settled = round(float(alice.fetch_ticker(near)["markPrice"]), 2)
        do("settle", instrument_name=names[near], price=settled, force=True)
        seen = {}
        for name, client in (("alice", alice), ("bob", bob)):
            sizes = {
                one["info"]["instrument_name"]: one["info"]["size"]
                for one in client.fetch_positions()
            }
            logged = client.private_get_get_transaction_log(
                {
                    "currency": "any",
                    "start_timestamp": 0,
                    "end_timestamp": 32503708800000,
                    "count": 1000,
                }
            )["result"]["logs"]
            seen[name] = client.fetch_balance()["USD"]["total"], sizes, logged
        assert running.stop() == 0
        replica = recover(
            Replica(), CommandLog(tmp_path / "cfx-data", writable=False), from_start=True
        )
    finally:
        running.kill()
    statements = replica.views.journal.statement(replica.core, 1)
    found = {one.account: one for one in statements}
    for name, (total, sizes, logged) in seen.items():
        statement = found[name]
        assert round(total * 10**6) == statement.closing_micros
        assert sizes == {held.instrument: held.lots for held in statement.positions}
        moved = sum(posting.amount_micros for posting in statement.postings)
        assert statement.opening_micros + moved == statement.closing_micros
        told = {posting.kind.value for posting in statement.postings}
        assert {"deposit", "fee", "settlement_fee", "variation", "funding"} <= told
        # The log tells fees as they fell due; the running day's variation and funding come at its end.
        day = ("variation", "funding")
        due = sum(p.amount_micros for p in statement.postings if p.kind.value not in day)
        assert round(sum(float(one["change"]) for one in logged) * 10**6) == due
