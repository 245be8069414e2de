"""The default waterfall: layers that pay for a loss beyond the defaulter's margin, and how they are funded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core import scenarios
from exchange.core.layout import AccountStatus, EventKind, Layer, Reason
from exchange.core.replies import Row, event, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core

MAX_FUNDING_MICROS = 10**15
MAX_FUNDED_MICROS = 1 << 60
"""All deposits together stay below this, as those of accounts do."""
MAX_CONTRIBUTORS = 64
"""Accounts with a share of the default fund: firms, not everyone."""
OWN_COUNTERS = {
    Layer.INSURANCE: at.VENUE_INSURANCE_MICROS,
    Layer.HOUSE: at.VENUE_HOUSE_MICROS,
}
"""Where the layers stand that are the house's own money."""
_FUND = at.VENUE_DEFAULT_FUND_MICROS


def available_micros(core: Core) -> int:
    """Return what all layers together can still pay for a default."""
    counters = (*OWN_COUNTERS.values(), _FUND)
    return sum(core.venue.item(counter) for counter in counters)


def shares_of(contributions: dict[int, int], micros: int) -> dict[int, int]:
    """Return who pays how much of an amount, pro rata; what rounding leaves, lowest account numbers first.

    micros: at most the sum of the contributions.
    """
    total = sum(contributions.values())
    shares = {
        account: micros * contribution // total
        for account, contribution in sorted(contributions.items())
    }
    left = micros - sum(shares.values())
    for account in list(shares)[:left]:
        shares[account] += 1
    return {account: paid for account, paid in shares.items() if paid}


def pay(core: Core, row: Row, account: int, micros: int) -> list[Row]:
    """Let the layers pay an amount to an account, one after the other, as far as they reach.

    Returns a LAYER_PAID row for each layer and contributor. The caller lets the account's status follow.
    """
    rows: list[Row] = []
    for layer in Layer:
        rows += _pay_from(core, row, layer, account, micros - _paid_micros(rows))
    paid = _paid_micros(rows)
    core.accounts[account, at.ACCOUNT_CASH_MICROS] += paid
    core.accounts[account, at.ACCOUNT_RELIEF_MICROS] += paid
    if paid:
        scenarios.assess(core, account)
    return rows


def cover(core: Core, row: Row, account: int, beyond_micros: int) -> list[Row]:
    """Let the layers pay what a deal lost beyond the bankruptcy price, but no more than the account lacks.

    Where positions offset one another an account can be whole although a deal cost more than its share of
    the equity: then nobody has anything to pay.
    """
    held = core.accounts[account].tolist()
    lacking_micros = held[at.ACCOUNT_INITIAL_MICROS] - held[at.ACCOUNT_CASH_MICROS]
    return pay(core, row, account, max(0, min(beyond_micros, lacking_micros)))


def _paid_micros(rows: list[Row]) -> int:
    return sum(row[at.EVENT_RESTING_FEE_MICROS] for row in rows)


def _pay_from(core: Core, row: Row, layer: Layer, account: int, wanted_micros: int) -> list[Row]:
    if layer in OWN_COUNTERS:
        counter = OWN_COUNTERS[layer]
        shares = {-1: min(wanted_micros, core.venue.item(counter))}
    else:
        counter = _FUND
        own = layer == Layer.CONTRIBUTION
        asked = {n: c for n, c in core.contributions.items() if (n == account) == own}
        total = sum(asked.values())
        shares = shares_of(asked, min(wanted_micros, total)) if total else {}
    rows = []
    for contributor, paid in shares.items():
        if paid <= 0:
            continue
        core.venue[counter] -= paid
        if counter == _FUND:
            _contribute(core, contributor, -paid)
        told = event(row, EventKind.LAYER_PAID, account=account, tag=layer, micros=paid)
        told[at.EVENT_RESTING_ACCOUNT] = contributor
        rows.append(told)
    return rows


def _contribute(core: Core, account: int, micros: int) -> None:
    contribution = core.contributions.pop(account, 0) + micros
    if contribution:
        core.contributions[account] = contribution


def is_closing_out(core: Core) -> bool:
    """Say whether any account is being closed out, so that nothing may leave a layer."""
    statuses = core.accounts[:, at.ACCOUNT_STATUS]
    return bool((statuses == AccountStatus.CLOSING_OUT).any())


def fund_layer(core: Core, row: Row, _text: str) -> list[Row]:
    """Pay into or out of a layer: the house into INSURANCE or HOUSE, an account into the DEFAULT_FUND.

    A contribution comes out of the account's cash above initial margin. Nothing goes out of a layer while
    an account is being closed out.
    """
    account, micros = row[at.COMMAND_ACCOUNT], row[at.COMMAND_AMOUNT_MICROS]
    if account != -1 and account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if micros == 0 or abs(micros) > MAX_FUNDING_MICROS:
        return rejected(row, Reason.INVALID_AMOUNT)
    chosen = row[at.COMMAND_QTY_LOTS]
    if chosen not in ((Layer.DEFAULT_FUND,) if account != -1 else tuple(OWN_COUNTERS)):
        return rejected(row, Reason.INVALID_SPEC)
    layer = Layer(chosen)
    reason = _refusal(core, layer, account, micros)
    if reason != Reason.NONE:
        return rejected(row, reason)
    if account == -1:
        core.venue[OWN_COUNTERS[layer]] += micros
        core.venue[at.VENUE_DEPOSITS_MICROS] += micros
    else:
        core.venue[_FUND] += micros
        _contribute(core, account, micros)
        core.accounts[account, at.ACCOUNT_CASH_MICROS] -= micros
        core.accounts[account, at.ACCOUNT_RELIEF_MICROS] -= micros
        scenarios.assess(core, account)
    return [event(row, EventKind.LAYER_FUNDED, account=account, tag=layer, micros=micros)]


def _refusal(core: Core, layer: Layer, account: int, micros: int) -> Reason:
    if account == -1:
        funded = core.venue.item(OWN_COUNTERS[layer])
        if core.venue.item(at.VENUE_DEPOSITS_MICROS) + micros > MAX_FUNDED_MICROS:
            return Reason.INVALID_AMOUNT
    else:
        held = core.accounts[account].tolist()
        funded = core.contributions.get(account, 0)
        if held[at.ACCOUNT_STATUS] != AccountStatus.SOUND:
            return Reason.ACCOUNT_NOT_SOUND
        if micros > 0 and held[at.ACCOUNT_CASH_MICROS] - micros < held[at.ACCOUNT_INITIAL_MICROS]:
            return Reason.INSUFFICIENT_FUNDS
        if not funded and len(core.contributions) >= MAX_CONTRIBUTORS:
            return Reason.VENUE_FULL
    if micros < 0 and (funded + micros < 0 or is_closing_out(core)):
        return Reason.INSUFFICIENT_FUNDS
    return Reason.NONE
