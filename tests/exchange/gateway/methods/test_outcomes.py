"""Orders folded from one command's rows against the views, which fold the whole history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange.core.commands import Command
from exchange.core.layout import EVENT_KIND, EVENT_SEQ, CommandKind, EventKind
from exchange.gateway.methods.outcomes import placed, rejection
from exchange.views.orders import Order
from exchange.views.views import Views
from matching.layout import INSTRUCTION_SHIFT, Prevention, TriggerSource, pack_terms
from tests.exchange.views.market_flow import ACCOUNTS, REFERENCE_TICKS, Line, opening

SUBMITS = st.builds(
    lambda account, side, tif, bits, prevention, source, price, qty: Command(
        CommandKind.SUBMIT,
        account,
        0,
        side=side,
        tif=tif,
        instructions=pack_terms(0, 0, bits, prevention=prevention, source=source)
        >> INSTRUCTION_SHIFT,
        price_ticks=REFERENCE_TICKS + price,
        qty_lots=qty,
    ),
    st.integers(0, len(ACCOUNTS) - 1),
    st.integers(0, 1),
    st.integers(0, 2),
    st.sampled_from([0, 0, 0, 1, 9, 16]),
    st.sampled_from([Prevention.NONE, Prevention.CANCEL_RESTING, Prevention.DECREMENT]),
    st.just(TriggerSource.NONE),
    st.integers(-3, 3),
    st.integers(1, 9),
)


@given(st.lists(SUBMITS, min_size=1, max_size=30))
def test_the_fold_of_one_command_is_what_the_views_say_right_behind_it(
    commands: list[Command],
) -> None:
    line, views = Line(), Views()
    views.apply(*line.apply(opening()))
    accepted = 0
    for command in commands:
        rows, texts = line.apply([command])
        views.apply(rows, texts)
        refused = rejection(rows)
        if refused is not None:
            assert [row[EVENT_KIND] for row in rows] == [EventKind.REJECTED]
            continue
        accepted += 1
        order: Order = placed(rows, "")
        assert order == views.orders.get(command.account, order.order_id)
        assert order.seq == rows[0][EVENT_SEQ]
    assert accepted + sum(row[EVENT_KIND] == EventKind.REJECTED for row in line.rows) == len(
        commands
    )
