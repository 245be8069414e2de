"""Random commands in a market whose combos trade with their legs' books: every law, a naive clearing house."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.instrument import Leg
from exchange.core.layout import EventKind
from tests.exchange.core.combo_model import ComboModel
from tests.exchange.core.intents import DEPOSITS, EXAMPLES, Intent, accepted_ids, drawn, many
from tests.exchange.core.lab import USD, Lab, combo, cut, joined, spec

NEAR, FAR, OTHER, CALENDAR, PRODUCT, CONDOR = range(6)
"""Three futures of one size and tick; a calendar and an inter-product spread, and both less each other."""


def market() -> Lab:
    """Six instruments of which three imply one another; a leg and a combo have breakers."""
    breaker = {
        "breaker_window_ns": 40_000,
        "breaker_pause_ns": 4_000,
        "breaker_max_extensions": 1,
    }
    spread = {"tick_micros": 10_000, "implied": True, "band_ticks": 60}
    lab = Lab(
        spec("GPU1-31DEC26", breaker_move_ppm=20_000, **breaker),
        spec("GPU2-31DEC26", family="GPU2", reference_ticks=280),
        spec(
            "HPR-31DEC26",
            family="HPR",
            reference_ticks=290,
            max_order_lots=40,
            max_position_lots=60,
        ),
        combo(maker_fee_micros=USD, **spread),
        combo(
            "PRODUCT",
            family="PRODUCT",
            legs=(Leg("GPU2-31DEC26", 1), Leg("HPR-31DEC26", -1)),
            breaker_move_ticks=3,
            **breaker,
            **spread,
        ),
        combo(
            "STRIP",
            family="STRIP",
            legs=(Leg("GPU1-31DEC26", 1), Leg("GPU2-31DEC26", 1), Leg("HPR-31DEC26", -1)),
            **spread,
        ),
        deposits=DEPOSITS,
        max_orders=14,
        parents=(-1, 0, -1, 1, 2, 2),
    )
    assert len(lab.core.specs) == 6
    return lab


def placed(intents: list[Intent]) -> list[Intent]:
    """Return intents with those of the first two instruments spread over all six."""
    instruments = (CALENDAR, NEAR, PRODUCT, FAR, OTHER, CONDOR, NEAR)
    return [
        intent._replace(instrument=instruments[number % 7])
        if intent.instrument in (0, 1)
        else intent
        for number, intent in enumerate(intents)
    ]


def told(intents: list[Intent]) -> tuple[Lab, Counter[int]]:
    """Let intents happen, every law and the clearing house looked at after each; count the event rows."""
    lab, model = market(), ComboModel()
    model.feed(lab.events, lab.core.specs)
    order_ids: list[int] = []
    seen: Counter[int] = Counter()
    for intent in placed(intents):
        events = lab.do(*intent.commands(lab, order_ids))
        order_ids += accepted_ids(events)
        assert invariants.violations(lab.core) == []
        model.feed(events, lab.core.specs)
        model.compare(lab.core)
        seen.update(row[at.EVENT_KIND] for row in events)
    return lab, seen


@settings(max_examples=max(1, EXAMPLES // 4))
@given(many, st.lists(st.integers(1, 30), max_size=20))
def test_every_law_holds_and_a_naive_clearing_house_agrees(intents: list, sizes: list[int]) -> None:
    lab, _ = told(intents)
    rows = joined(lab.batches)
    other = Core()
    events = [row for part in cut(rows, sizes) for row in other.apply(part).tolist()]
    assert events == lab.events
    assert snapshot.digest(other) == lab.digest
    again = snapshot.restore(snapshot.take(lab.core))
    assert snapshot.digest(again) == lab.digest


def test_the_machine_comes_to_implied_trades() -> None:
    seen: Counter[int] = Counter()
    for seed in range(12):
        seen += told(drawn(seed, 120))[1]
        if seen[EventKind.IMPLIED] > 10:
            break
    assert seen[EventKind.IMPLIED] > 10
    assert seen[EventKind.IMPLIED_LEG] > 2 * seen[EventKind.IMPLIED] - 1
