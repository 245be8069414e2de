"""Random commands in a market of combos and a binary: every law, a naive clearing house, one history."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core import invariants, snapshot
from exchange.core import layout as at
from exchange.core.core import Core
from exchange.core.instrument import Leg
from exchange.core.layout import EventKind
from tests.exchange.core.combo_model import ComboModel
from tests.exchange.core.intents import DEPOSITS, EXAMPLES, Intent, accepted_ids, drawn, many
from tests.exchange.core.lab import USD, Lab, binary, combo, cut, joined, spec

HPR_TERMS = {
    "tick_micros": 1_000,
    "contract_hours": 744,
    "levels": 8_192,
    "reference_ticks": 2_750,
}
GPU1, GPU2, HPR, SPREAD, BASIS, ABOVE = range(6)


def market() -> Lab:
    """Three futures of different hours and ticks, their spread and a butterfly with a breaker, a binary."""
    lab = Lab(
        spec("GPU1-31DEC26"),
        spec(
            "GPU2-31DEC26",
            family="GPU2",
            reference_ticks=280,
            max_order_lots=40,
            max_position_lots=60,
        ),
        spec("HPR-31DEC26", family="HPR", **HPR_TERMS),
        combo(maker_fee_micros=USD, band_ticks=60),
        combo(
            "BASIS",
            family="BASIS",
            tick_micros=1_000,
            legs=(Leg("GPU1-31DEC26", 1), Leg("HPR-31DEC26", -2), Leg("GPU2-31DEC26", 1)),
            band_ticks=300,
            max_order_lots=40,
            max_position_lots=50,
            breaker_move_ticks=3,
            breaker_window_ns=40_000,
            breaker_pause_ns=4_000,
            breaker_max_extensions=1,
        ),
        binary(settlement_fee_micros=3 * USD // 2),
        deposits=DEPOSITS,
        max_orders=14,
        parents=(-1, 0, -1, 1, 2, 2),
    )
    assert len(lab.core.specs) == 6
    return lab


def placed(intents: list[Intent]) -> list[Intent]:
    """Return intents with those of the first two instruments spread over all six."""
    instruments = (SPREAD, BASIS, SPREAD, GPU1, GPU2, ABOVE)
    return [
        intent._replace(instrument=instruments[number % 6])
        if intent.instrument in (0, 1)
        else intent
        for number, intent in enumerate(intents)
    ]


@settings(max_examples=max(1, EXAMPLES // 4))
@given(many, st.lists(st.integers(1, 30), max_size=20))
def test_every_law_holds_and_a_naive_clearing_house_agrees(intents: list, sizes: list[int]) -> None:
    lab, model = market(), ComboModel()
    model.feed(lab.events, lab.core.specs)
    order_ids: list[int] = []
    for intent in placed(intents):
        events = lab.do(*intent.commands(lab, order_ids))
        order_ids += accepted_ids(events)
        assert invariants.violations(lab.core) == []
        model.feed(events, lab.core.specs)
        model.compare(lab.core)
    rows = joined(lab.batches)
    other = Core()
    events = [row for part in cut(rows, sizes) for row in other.apply(part).tolist()]
    assert events == lab.events
    assert snapshot.digest(other) == lab.digest
    again = snapshot.restore(snapshot.take(lab.core))
    assert snapshot.digest(again) == lab.digest
    assert again.combos == lab.core.combos


def test_the_machine_comes_to_all_that_combos_do() -> None:
    wanted = {EventKind.LEG_BOOKED, EventKind.UNCROSSED, EventKind.TRADE_BUSTED}
    wanted |= {EventKind.TRADE_ADJUSTED, EventKind.TRADE_GIVEN_UP, EventKind.SETTLED}
    of_combos = set(wanted)
    for seed in range(60):
        lab = market()
        order_ids: list[int] = []
        for intent in placed(drawn(seed, 150)):
            events = lab.do(*intent.commands(lab, order_ids))
            order_ids += accepted_ids(events)
            for row in events:
                combined = row[at.EVENT_INSTRUMENT] in (SPREAD, BASIS)
                if combined or row[at.EVENT_KIND] in (EventKind.LEG_BOOKED, EventKind.SETTLED):
                    of_combos.discard(row[at.EVENT_KIND])
        if not of_combos:
            break
    assert not of_combos
