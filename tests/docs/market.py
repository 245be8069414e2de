"""The market of docs/clearing: a step in words becomes a command, and what it came to is read off the core."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from exchange.contracts import spec as contract_files
from exchange.contracts.calendar import ContractMonth
from exchange.contracts.final_settlement import settlement_price
from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.fixings import next_version
from exchange.core.instrument import Leg
from exchange.core.layout import CommandKind, EventKind, Reason, State
from exchange.core.scenario_spec import ScenarioSpec
from exchange.settling import funding_micros
from marketdata.days import NS_PER_DAY, day_number
from tests.exchange.core.lab import (
    FOK,
    USD,
    Lab,
    binary,
    combo,
    listing,
    opening,
    perpetual,
    spec,
    submit,
)

NAMES = ("alice", "bob", "carol", "alice.desk")
START = 10_000 * USD
INSTRUMENTS = "GPHSBI"
TICKS = {"G": 100, "P": 1_000, "H": 100, "S": 200, "B": 100, "I": 100}
"""To a dollar."""
INDEX = "h100_usd"
TRADE = r"([\w.]+) buys (\d+) ([GPHSBI]) from ([\w.]+) at (-?[\d.]+)"


def micros(text: str) -> int:
    """Dollars as written, in micro-dollars."""
    return int(Decimal(text) * USD)


class Market:
    """The accounts and instruments of the examples; ``fixings``: index by day, in micros."""

    def __init__(self, fixings: dict[date, int]) -> None:
        self.lab = Lab()
        self.fixings = fixings
        legs = (Leg("G", 1), Leg("H", -1))
        self.lab.do(
            listing(spec("G", settlement_fee_micros=1_350_000, block_minimum_lots=5)),
            listing(perpetual("P")),
            listing(spec("H", family="GPU2", reference_ticks=280)),
            listing(combo("S", legs=legs)),
            listing(binary("B", strike_micros=2_950_000, reference_ticks=40)),
            listing(combo("I", legs=legs, tick_micros=10_000, implied=True)),
        )
        self.lab.do(*(opening(name, START) for name in NAMES[:3]))
        self.lab.do(opening("alice.desk", START)._replace(instrument=0))
        self.day = 0
        self._steps: list[tuple[str, Callable[..., list[Command]]]] = [
            (TRADE, self._trade),
            (rf"(?:block|EFP ([\w-]+)): {TRADE}", self._block),
            (r"mark ([GPHSBI]) at (-?[\d.]+)", self._mark),
            (r"fund P at mark ([\d.]+), index ([\d.]+), cap (\d+) %", self._fund),
            (r"settle ([GB]) at the mean of the fixings, ([\d.]+)", self._settle),
            (r"publish the fixings", self._publish),
            (r"restate (\S+) at ([\d.]+)", self._restate),
            (r"(halt|open) ([GPHSBI])", self._state),
            (r"bust trade (\d+)", self._bust),
            (r"adjust trade (\d+) to ([\d.]+)", self._adjust),
            (r"give up trade (\d+) from ([\w.]+) to ([\w.]+)", self._give_up),
            (r"move (\d+) from ([\w.]+) to ([\w.]+)", self._move),
            (r"deposit (\d+) to ([\w.]+)", self._deposit),
            (r"end the day", self._end_day),
            (r"([\w.]+) (bids|offers) (\d+) ([GPHSBI]) at (-?[\d.]+)", self._order),
            (r"scenarios of ([GPHSBI]): ([\d -]+)", self._scenarios),
            (r"(stop|resume) ([\w.]+)", self._stop),
            (r"(restrict|free) ([\w.]+) in ([GPHSBI])", self._restrict),
            (r"limit positions in ([GPHSBI]) to (\d+)", self._limit),
        ]

    def do(self, step: str) -> Reason:
        """Do what a step says; return why its last command was refused, NONE where it was not."""
        for pattern, command in self._steps:
            found = re.fullmatch(pattern, step)
            if found is not None:
                for each in command(*found.groups()):
                    rows = self.lab.do(each)
                break
        else:
            raise AssertionError(f"no step is written so: {step}")
        assert invariants.violations(self.lab.core) == []
        last = rows[-1]
        return Reason(last[at.EVENT_TAG] if last[0] == EventKind.REJECTED else Reason.NONE)

    def read(self, column: str) -> int:
        """Return what stands under a column: micro-dollars or lots, of an instrument or of all together."""
        name, what = column.rsplit(", ", 1)
        core = self.lab.core
        if name == "fees":
            return int(core.venue[at.VENUE_FEES_MICROS])
        account = NAMES.index(name)
        if what == "lots":
            return int(core.positions[account, :, at.POSITION_LOTS].sum())
        if what.endswith(" lots"):
            number = INSTRUMENTS.index(what[0])
            return int(core.positions[account, number, at.POSITION_LOTS])
        row = core.account(account)
        if what == "orders":
            return int(row[at.ACCOUNT_ORDERS])
        return int(row[at.ACCOUNT_INITIAL_MICROS if what == "margin" else at.ACCOUNT_CASH_MICROS])

    @staticmethod
    def _ticks(instrument: str, price: str) -> int:
        ticks = Decimal(price) * TICKS[instrument]
        assert ticks == int(ticks)
        return int(ticks)

    def _trade(self, buyer: str, qty: str, name: str, seller: str, price: str) -> list[Command]:
        instrument, ticks = INSTRUMENTS.index(name), self._ticks(name, price)
        return [
            submit(NAMES.index(seller), 1, ticks, int(qty), instrument=instrument),
            submit(NAMES.index(buyer), 0, ticks, int(qty), instrument=instrument, tif=FOK),
        ]

    def _block(
        self, reference: str | None, buyer: str, qty: str, name: str, seller: str, price: str
    ) -> list[Command]:
        block = Command(
            CommandKind.BLOCK_TRADE,
            NAMES.index(buyer),
            INSTRUMENTS.index(name),
            NAMES.index(seller),
            price_ticks=self._ticks(name, price),
            qty_lots=int(qty),
            text=reference or "",
        )
        return [block]

    def _mark(self, name: str, price: str) -> list[Command]:
        ticks = self._ticks(name, price)
        return [Command(CommandKind.MARK, instrument=INSTRUMENTS.index(name), price_ticks=ticks)]

    def _fund(self, mark: str, index: str, cap: str) -> list[Command]:
        payment = funding_micros(micros(mark), micros(index), int(cap) * 10_000)
        return [Command(CommandKind.FUND, instrument=1, amount_micros=payment)]

    def _settle(self, name: str, written: str) -> list[Command]:
        (terms,) = contract_files.shipped("GPU1")
        assert terms.index == INDEX
        price = settlement_price(terms, ContractMonth(2026, 11), self.lab.core.fixings)
        assert price == micros(written)
        number = INSTRUMENTS.index(name)
        return [Command(CommandKind.SETTLE, instrument=number, amount_micros=price)]

    def _publish(self) -> list[Command]:
        return [self._fixing(day, price, 1) for day, price in self.fixings.items()]

    def _restate(self, day: str, price: str) -> list[Command]:
        restated = date.fromisoformat(day)
        version = next_version(self.lab.core, INDEX, day_number(restated))
        return [self._fixing(restated, micros(price), version)]

    @staticmethod
    def _fixing(day: date, price_micros: int, version: int) -> Command:
        return Command(
            CommandKind.PUBLISH_FIXING,
            price_ticks=version,
            qty_lots=day_number(day),
            amount_micros=price_micros,
            text=INDEX,
        )

    @staticmethod
    def _state(verb: str, name: str) -> list[Command]:
        state = State.OPEN if verb == "open" else State.HALTED
        number = INSTRUMENTS.index(name)
        return [Command(CommandKind.SET_STATE, instrument=number, qty_lots=state)]

    def _bust(self, trade: str) -> list[Command]:
        return [Command(CommandKind.BUST, order_id=int(trade))]

    def _adjust(self, trade: str, price: str) -> list[Command]:
        ticks = self._ticks("G", price)
        return [Command(CommandKind.ADJUST, order_id=int(trade), price_ticks=ticks)]

    def _give_up(self, trade: str, executing: str, clearing: str) -> list[Command]:
        numbers = NAMES.index(executing), NAMES.index(clearing)
        return [Command(CommandKind.GIVE_UP, numbers[0], order_id=int(trade), qty_lots=numbers[1])]

    def _move(self, amount: str, source: str, target: str) -> list[Command]:
        numbers = NAMES.index(source), NAMES.index(target)
        size = micros(amount)
        return [Command(CommandKind.MOVE, numbers[0], qty_lots=numbers[1], amount_micros=size)]

    def _deposit(self, amount: str, account: str) -> list[Command]:
        size = micros(amount)
        return [Command(CommandKind.TRANSFER, NAMES.index(account), amount_micros=size)]

    def _order(self, name: str, verb: str, qty: str, instrument: str, price: str) -> list[Command]:
        side, ticks = ("bids", "offers").index(verb), self._ticks(instrument, price)
        number = INSTRUMENTS.index(instrument)
        return [submit(NAMES.index(name), side, ticks, int(qty), instrument=number)]

    def _scenarios(self, name: str, percents: str) -> list[Command]:
        shocks = [int(percent) * 10_000 for percent in percents.split()]
        shocks += [0] * (at.SCENARIOS - len(shocks))
        terms = ScenarioSpec(shocks_ppm=shocks, maintenance_ppm=750_000)
        text = msgspec.json.encode(terms).decode()
        return [Command(CommandKind.SET_SCENARIOS, instrument=INSTRUMENTS.index(name), text=text)]

    def _stop(self, verb: str, name: str) -> list[Command]:
        begins = int(verb == "stop")
        return [Command(CommandKind.STOP_TRADING, NAMES.index(name), qty_lots=begins)]

    def _restrict(self, verb: str, name: str, instrument: str) -> list[Command]:
        begins, number = int(verb == "restrict"), INSTRUMENTS.index(instrument)
        return [Command(CommandKind.RESTRICT, NAMES.index(name), number, qty_lots=begins)]

    def _limit(self, name: str, lots: str) -> list[Command]:
        kind, number = CommandKind.SET_POSITION_LIMIT, INSTRUMENTS.index(name)
        return [Command(kind, instrument=number, qty_lots=int(lots))]

    def _end_day(self) -> list[Command]:
        self.day += 1
        self.lab.ts_ns = self.day * NS_PER_DAY
        return [Command(CommandKind.DAY_ROLL, qty_lots=self.day)]
