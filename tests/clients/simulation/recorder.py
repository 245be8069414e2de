"""A trader that notes what it hears and when, and says what it is told to say."""

from __future__ import annotations

from clients import messages as m
from clients.trader import NS_PER_S, Command, Trader
from exchange.core.instrument import InstrumentSpec

NAME = "TEST-PERPETUAL"
USD = 1_000_000


def instrument(**changes: object) -> InstrumentSpec:
    terms: dict[str, object] = {
        "name": NAME,
        "family": "TEST",
        "underlying": "H100",
        "index": "test",
        "perpetual": True,
        "tick_micros": 1_000,
        "contract_hours": 1,
        "created_ns": 0,
        "expiry_ns": 0,
        "base_ticks": 1,
        "levels": 4_096,
        "reference_ticks": 1_000,
        "initial_margin_ppm": 200_000,
        "maintenance_margin_ppm": 150_000,
        "band_ppm": 100_000,
        "max_order_lots": 500,
        "max_position_lots": 1_000,
        "maker_fee_micros": 100,
        "taker_fee_micros": 300,
    }
    return InstrumentSpec(**(terms | changes))  # type: ignore[arg-type]


class Recorder(Trader):
    """Says its lines at their times after the start, and keeps every message with its time."""

    kind = "recorder"
    interval_ns = 3_600 * NS_PER_S

    def __init__(self, name: str, first: list[Command] | None = None) -> None:
        super().__init__(name, 0)
        self.first = first or []
        self.heard: list[tuple[int, m.Message]] = []

    def on_start(self, view: object, now_ns: int) -> list[Command]:
        super().on_start(view, now_ns)  # type: ignore[arg-type]
        return self.first

    def on_message(self, message: m.Message, now_ns: int) -> list[Command]:
        self.heard.append((now_ns, message))
        return []

    def on_time(self, now_ns: int) -> list[Command]:
        return []

    def of(self, kind: type) -> list[tuple[int, m.Message]]:
        return [(ts_ns, message) for ts_ns, message in self.heard if isinstance(message, kind)]
