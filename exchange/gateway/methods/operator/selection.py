"""From the names in an operator's request to instruments, accounts and exact amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from exchange.core import hierarchy
from exchange.core.layout import INSTRUMENT_STATE, State
from exchange.gateway.errors import RpcError, invalid_params
from exchange.gateway.methods.lookup import instrument_named, instruments_of
from exchange.gateway.methods.params import InstrumentName
from exchange.views.portfolio import CURRENCY

if TYPE_CHECKING:
    from exchange.venue import Venue

MICRO_PLACES = 6
FACTOR = 2
"""A price further than this factor from the former one, either way, needs ``force``. Ours."""

AccountName = Annotated[
    str, Meta(min_length=1, max_length=64, description="Name of an open account")
]
AccountNames = Annotated[tuple[AccountName, ...], Meta(max_length=1000)]
InstrumentNames = Annotated[tuple[InstrumentName, ...], Meta(max_length=1000)]


def one_instrument(venue: Venue, name: str) -> int:
    """Return the number of an unexpired instrument; raises not_found or book_closed (10012)."""
    number = instrument_named(venue, name).instrument_id
    if venue.core.instruments[number, INSTRUMENT_STATE] == State.EXPIRED:
        raise RpcError.named("book_closed", f"{name} has settled for good", "instrument_name")
    return number


def chosen_instruments(
    venue: Venue, name: str | None, currency: str | None, names: Sequence[str] = ()
) -> list[int]:
    """Return one instrument by name and those of several, or the unexpired ones that a currency covers.

    Each comes once. Raises invalid params (-32602) unless either names or a currency are given, not_found
    where nothing is left.
    """
    named = [*names] if name is None else [name, *names]
    if bool(named) == (currency is not None):
        raise invalid_params("instrument_name", "give either instrument_name or currency")
    if named:
        return list(dict.fromkeys(one_instrument(venue, one) for one in named))
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


def chosen_accounts(
    venue: Venue, accounts: Sequence[str], firms: Sequence[str], *, everyone: bool
) -> list[int]:
    """Return accounts and all members of firms, each once and in order of opening; or every account.

    Raises invalid params (-32602) where none are named, or some beside everyone; not_found (13020).
    """
    if bool(accounts or firms) == everyone:
        raise invalid_params("account", "give accounts, firms or both, or else everyone")
    if everyone:
        return list(range(len(venue.core.account_names)))
    found = {account_named(venue, name) for name in accounts}
    for firm in firms:
        found.update(hierarchy.below(venue.core, account_named(venue, firm, "firm")))
    return sorted(found)


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
