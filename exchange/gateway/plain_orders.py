"""Plain limit orders and cancels, nearly all of the traffic, from bytes to a command in few steps.

Whatever is not plain, or not right, is left to the general way (``decode`` and the method's handler),
which knows all that may be said about it. What is taken here gives the same command there; a test
compares the two.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from exchange.core.layout import Instruction
from exchange.gateway.decode import RequestId
from exchange.gateway.methods.cancelling import cancel_order
from exchange.gateway.methods.order_words import TIME_IN_FORCE_NAMES
from exchange.gateway.methods.params import Label
from exchange.gateway.methods.placing import place_order
from exchange.gateway.plain_answers import MAX_PRICES, PlainAnswers
from exchange.views.orders import OrderState
from marketdata.messages import Instrument, OffTick
from matching.layout import MAX_QTY_LOTS, Side, TimeInForce

if TYPE_CHECKING:
    from exchange.gateway.rpc import Sequenced
    from exchange.venue import Venue

_TIMES_IN_FORCE: dict[str, int] = {
    TIME_IN_FORCE_NAMES[tif]: int(tif)
    for tif in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
}
_GTC = int(TimeInForce.GTC)
_BUY = int(Side.BUY)
_SELL = int(Side.SELL)
_OPEN = int(OrderState.OPEN)
_REPRICED = int(Instruction.POST_ONLY | Instruction.REPRICE)
_PRICE = re.compile(rb"[0-9]{1,12}(\.[0-9]{1,12})?")


class _NewOrder(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    instrument_name: str
    amount: int
    price: Raw
    type: Literal["limit"] | UnsetType = UNSET
    label: Label | UnsetType = UNSET
    time_in_force: str | UnsetType = UNSET
    post_only: bool | UnsetType = UNSET


class _Cancelled(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    order_id: str


class _Request(
    msgspec.Struct, tag_field="method", forbid_unknown_fields=True, kw_only=True, gc=False
):
    id: RequestId = None
    jsonrpc: Literal["2.0"] | UnsetType = UNSET


class _Buy(_Request, tag="private/buy", kw_only=True):
    params: _NewOrder


class _Sell(_Request, tag="private/sell", kw_only=True):
    params: _NewOrder


class _Cancel(_Request, tag="private/cancel", kw_only=True):
    params: _Cancelled


PlainRequest: TypeAlias = _Buy | _Sell | _Cancel

_decode = msgspec.json.Decoder(PlainRequest).decode


def read(message: str | bytes) -> PlainRequest | None:
    """Return the request of a message if it is a plain one, and no name in it is repeated."""
    try:
        request = _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # Each name is followed by one colon; of more, a name is repeated or some stand in texts.
    names = 5 - (request.id is None) - (request.jsonrpc is UNSET)
    params = request.params
    if type(params) is _NewOrder:
        names += 2
        if params.type is not UNSET:
            names += 1
        if params.label is not UNSET:
            names += 1
        if params.time_in_force is not UNSET:
            names += 1
        if params.post_only is not UNSET:
            names += 1
    colons = message.count(":") if isinstance(message, str) else message.count(b":")
    return request if colons == names else None


class PlainOrders:
    """Turns plain requests into what is to be sequenced for one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._answers = PlainAnswers()
        self._prices: dict[str, dict[bytes, int]] = {}

    def ask(self, request: PlainRequest, account: int) -> Sequenced | None:
        """Return the command of a request and its answer, None where the general way must speak."""
        if type(request) is _Cancel:
            return self._cancel(request.params.order_id, account)
        params = request.params
        assert type(params) is _NewOrder
        instrument = self._venue.instruments.get(params.instrument_name)
        if instrument is None or not 1 <= params.amount <= MAX_QTY_LOTS:
            return None
        price_ticks = self._ticks(instrument, params.price)
        tif = _GTC
        if params.time_in_force is not UNSET:
            named = _TIMES_IN_FORCE.get(params.time_in_force)
            if named is None:
                return None
            tif = named
        if price_ticks is None:
            return None
        instructions = 0
        if params.post_only is True:
            if tif != _GTC:
                return None
            instructions = _REPRICED
        return place_order(
            self._venue,
            account,
            instrument,
            _BUY if type(request) is _Buy else _SELL,
            tif,
            instructions,
            price_ticks,
            params.amount,
            "" if params.label is UNSET else params.label,
            self._answers.resting,
        )

    def _cancel(self, order_id: str, account: int) -> Sequenced | None:
        family, _, digits = order_id.rpartition("-")
        if len(order_id) > 64 or not (digits.isascii() and digits.isdigit()):
            return None
        order = self._venue.views.orders.get(account, int(digits))
        if order is None or order.state != _OPEN:
            return None
        instrument = self._venue.market.board(order.instrument).instrument
        if instrument.family != family:
            return None
        return cancel_order(order, instrument, self._answers.cancelled)

    def _ticks(self, instrument: Instrument, raw: Raw) -> int | None:
        text = bytes(raw)
        known = self._prices.get(instrument.name)
        if known is None:
            known = self._prices[instrument.name] = {}
        price_ticks = known.get(text)
        if price_ticks is None and _PRICE.fullmatch(text):
            try:
                price_ticks = instrument.ticks(Decimal(text.decode()))
            except OffTick:
                return None
            if len(known) >= MAX_PRICES:
                known.clear()
            known[text] = price_ticks
        return price_ticks
