"""Random commands of a default: crashes, squeezes, and what the venue does about who does not survive them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.core.commands import Command
from exchange.core.default_terms import DefaultTerms
from exchange.core.layout import CommandKind

if TYPE_CHECKING:
    from tests.exchange.core.intents import Intent

KINDS = (
    *(CommandKind.MARK,) * 4,
    *(CommandKind.CLOSE_OUT,) * 6,
    CommandKind.FUND_LAYER,
    CommandKind.SET_MARGIN_TERMS,
)


def crash(intent: Intent, mark_ticks: int) -> Command:
    """Return the command that an intent's numbers come to; mark_ticks: of its instrument."""
    kind = KINDS[intent.order % len(KINDS)]
    amount = intent.amount
    if kind == CommandKind.MARK:
        price = max(1, mark_ticks * (10 + intent.offset_ticks % 11) // 15)
        return Command(kind, instrument=intent.instrument, price_ticks=price)
    if kind == CommandKind.CLOSE_OUT:
        one = intent.tif == 1
        return Command(kind, intent.account if one else -1, qty_lots=intent.side * one)
    if kind == CommandKind.FUND_LAYER:
        layer = intent.qty_lots % 4 if intent.tif == 1 else 3 * intent.side
        amount = amount if abs(amount) > 10**12 else amount // 10
        return Command(
            kind, intent.account if layer == 3 else -1, qty_lots=layer, amount_micros=amount
        )
    call_ns = amount if abs(amount) > 10**14 else abs(amount) % 4_000
    return Command(kind, amount_micros=call_ns, text=_terms(intent))


def _terms(intent: Intent) -> str:
    if intent.tif == 1:
        return ""
    patience = intent.qty_lots % 4
    terms = DefaultTerms(
        slice_ppm=1 + abs(intent.offset_ticks) * 29_000,
        step_ns=1 + abs(intent.qty_lots) % 3_000,
        patience_steps=patience,
        deleveraging_steps=patience + intent.side,
    )
    return msgspec.json.encode(terms).decode()
