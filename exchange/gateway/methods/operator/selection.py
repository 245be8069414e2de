"""From the names in an operator's request to instruments, accounts and exact amounts."""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from exchange.core.layout import INSTRUMENT_STATE, State
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.lookup import instrument_named, instruments_of
from exchange.views.portfolio import CURRENCY

if TYPE_CHECKING:
    from exchange.venue import Venue

MICRO_PLACES = 6
FACTOR = 2
"""A price further than this factor from the former one, either way, needs ``force``. Ours."""

AccountName = Annotated[
    str, Meta(min_length=1, max_length=64, description="Name of an open account")
]


def one_instrument(venue: Venue, name: str) -> int:
    """Return the number of an unexpired instrument; raises not_found or book_closed (10012)."""
    number = instrument_named(venue, name).instrument_id
    if venue.core.instruments[number, INSTRUMENT_STATE] == State.EXPIRED:
        raise RpcError.named("book_closed", f"{name} has settled for good", "instrument_name")
    return number


def chosen_instruments(venue: Venue, name: str | None, currency: str | None) -> list[int]:
    """Return one instrument by name, or the unexpired ones that a currency covers.

    Raises invalid params (-32602) unless exactly one of both is given, not_found where nothing is left.
    """
    if (name is None) == (currency is None):
        raise invalid_params("instrument_name", "give either instrument_name or currency")
    if name is not None:
        return [one_instrument(venue, name)]
    states = venue.core.instruments[:, INSTRUMENT_STATE].tolist()
    numbers = [
        instrument.instrument_id
        for instrument in instruments_of(venue, currency or CURRENCY)
        if states[instrument.instrument_id] != State.EXPIRED
    ]
    if not numbers:
        raise RpcError.named("not_found", f"no instrument of {currency} is listed", "currency")
    return numbers


def account_named(venue: Venue, name: str, param: str = "account") -> int:
    """Return the number of an open account; raises not_found (13020).

    param: the parameter that names it.
    """
    number = venue.core.account_numbers.get(name)
    if number is None:
        raise RpcError.named("not_found", f"no account is named {name}", param)
    return number


def micros(dollars: Decimal, most_micros: int, param: str) -> int:
    """Return dollars as micro-dollars, exactly, of either sign.

    Raises invalid params (-32602) on more than six decimals and beyond most_micros.
    """
    if not dollars.is_finite():
        raise invalid_params(param, "is not a finite number")
    if abs(dollars) > most_micros // 10**MICRO_PLACES:
        raise invalid_params(param, f"is beyond {most_micros // 10**MICRO_PLACES}")
    try:
        scaled = dollars.scaleb(MICRO_PLACES)
        whole = scaled == scaled.to_integral_value()
    except DecimalException:
        whole = False
    if not whole:
        raise invalid_params(param, f"has more than {MICRO_PLACES} decimals")
    return int(scaled)


def check_near(price: int, former: int, param: str, former_text: str, force: bool) -> None:
    """Refuse a price further than FACTOR from the former one; raises price_not_allowed (10011).

    price, former: in the same unit, above 0.
    """
    if not force and max(price, former) > FACTOR * min(price, former):
        raise RpcError.named(
            "price_not_allowed",
            f"is more than a factor of {FACTOR} from {former_text}: force it if it is meant",
            param,
            factor=FACTOR,
        )
