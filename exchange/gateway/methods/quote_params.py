"""Parameters of a mass quote and of cancelling quotes.

Source: Deribit API v2, "private/mass_quote", "private/cancel_quotes".
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.gateway.methods.params import Amount, Currency, InstrumentName, Kind, Price

MAX_QUOTES_A_MESSAGE = 64
MMP_GROUP = "default"
"""The one group of market-maker protection that an account has on an index."""
CANCEL_TYPES = ("all", "currency", "instrument", "instrument_kind")

MmpGroup = Annotated[str, Meta(max_length=64, extra_json_schema={"enum": [MMP_GROUP]})]
QuoteId = Annotated[str, Meta(max_length=64, description="The client's own word for the message")]
CancelType = Annotated[str, Meta(max_length=32, extra_json_schema={"enum": list(CANCEL_TYPES)})]


class QuoteSide(msgspec.Struct, forbid_unknown_fields=True):
    """One side of a quote: dollars per GPU-hour, contracts."""

    price: Price
    amount: Amount
    post_only: bool = False
    reject_post_only: bool = False


class Quote(msgspec.Struct, forbid_unknown_fields=True):
    """A level of each side, or of one; without either the instrument's quotes are withdrawn."""

    instrument_name: InstrumentName
    bid: QuoteSide | None = None
    ask: QuoteSide | None = None


class MassQuoteParams(msgspec.Struct, forbid_unknown_fields=True):
    """All that the account is to quote in the instruments named; several quotes may name the same one."""

    quotes: Annotated[list[Quote], Meta(min_length=1, max_length=MAX_QUOTES_A_MESSAGE)]
    quote_id: QuoteId = ""
    mmp_group: MmpGroup | None = None
    detailed: bool = False


class CancelQuotesParams(msgspec.Struct, forbid_unknown_fields=True):
    """Which quotes to cancel; the other fields go with the cancel_type that is named like them."""

    cancel_type: CancelType
    instrument_name: InstrumentName | None = None
    currency: Currency | None = None
    kind: Kind | None = None
