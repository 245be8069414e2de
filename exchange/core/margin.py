"""What an account must hold: the worst of its scenarios, kept up to date one position at a time.

In a scenario one lot of an instrument gains ``move`` (losses.moves). Of the positions that fills of
the working orders may leave, the longest loses most when the price falls and the shortest when it
rises, so a scenario's loss is ``-move * longest`` or ``-move * shortest``: linear, and a change of
either is one multiplication a scenario. Offsets between instruments come out of the sums by
themselves, because every instrument's losses stand in the same scenarios. Source of the method: the
scanning risk of SPAN (CME Group, "CME SPAN: Standard Portfolio Analysis of Risk", 2019).
"""

from __future__ import annotations

from typing import Any

from exchange.core.layout import (
    ACCOUNT_ADDON_MICROS,
    ACCOUNT_CASH_MICROS,
    ACCOUNT_INITIAL_MICROS,
    ACCOUNT_MAINTENANCE_ADDON_MICROS,
    ACCOUNT_MAINTENANCE_MICROS,
    ACCOUNT_STATUS,
    INSTRUMENT_CONCENTRATION_LOTS,
    INSTRUMENT_CONCENTRATION_MICROS,
    INSTRUMENT_INITIAL_MICROS,
    INSTRUMENT_MARK_TICKS,
    INSTRUMENT_PAYOUT_MICROS,
    INSTRUMENT_TAKER_FEE_MICROS,
    INSTRUMENT_TICK_VALUE_MICROS,
    POSITION_ADDON_MICROS,
    POSITION_BUY_LOSS_TICKLOTS,
    POSITION_BUY_LOTS,
    POSITION_HELD_LOTS,
    POSITION_LONGEST_LOTS,
    POSITION_LOTS,
    POSITION_MAINTENANCE_ADDON_MICROS,
    POSITION_SELL_LOSS_TICKLOTS,
    POSITION_SELL_LOTS,
    POSITION_SHORTEST_LOTS,
    SCENARIOS,
    VENUE_FIRST_CALLED,
    VENUE_LAST_CALLED,
    VENUE_NEW_CALLS,
    AccountStatus,
)
from exchange.core.ledger import Ledger
from exchange.core.scan import scan
from matching.compiled import called, inlined

Array = Any

_SOUND = int(AccountStatus.SOUND)
_CALLED = int(AccountStatus.CALLED)
_CLOSING_OUT = int(AccountStatus.CLOSING_OUT)


@inlined
def loss_ticks(instruments: Array, instrument: int, side: int, price_ticks: int) -> int:
    """Return what a lot bought (0) or sold (1) at a price loses against the mark; 0 for a gain."""
    mark_ticks: int = instruments[instrument, INSTRUMENT_MARK_TICKS]
    return max(0, (price_ticks - mark_ticks) * (1 - 2 * side))


@inlined
def gain_micros(move_micros: int, longest: int, shortest: int) -> int:
    """Return what the worse of a position's two ends gains (or, negative, loses) in a scenario."""
    lots = longest
    if move_micros > 0:
        lots = shortest
    return move_micros * lots


@inlined
def worst_micros(ledger: Ledger, account: int, first: int) -> int:
    """Return the largest loss of the scenarios from column ``first`` on, at least 0."""
    # Nothing changes, so that it does not matter which moves would be taken.
    return scan(ledger.losses, account, ledger.losses, account, first, 0, 0, 0)


@inlined
def worst_after(
    ledger: Ledger, account: int, instrument: int, longest_change: int, shortest_change: int
) -> int:
    """Return what ``worst_micros`` of the initial losses would be after a change of one position."""
    return scan(
        ledger.losses, account, ledger.moves, instrument, 0, longest_change, shortest_change, 0
    )


@inlined
def add_losses(
    ledger: Ledger, account: int, instrument: int, longest_change: int, shortest_change: int
) -> int:
    """Let an account's initial losses follow a change of one position with its working orders.

    Returns the worst of them, at least 0.
    """
    return scan(
        ledger.losses, account, ledger.moves, instrument, 0, longest_change, shortest_change, 1
    )


@inlined
def add_held_losses(ledger: Ledger, account: int, instrument: int, lots_change: int) -> int:
    """Let an account's maintenance losses follow a change of one position; return the worst, at least 0."""
    return scan(
        ledger.losses,
        account,
        ledger.moves,
        instrument,
        SCENARIOS,
        lots_change,
        lots_change,
        1,
    )


@called
def all_micros(
    instruments: Array, instrument: int, payout_micros: int, longest: int, shortest: int
) -> int:
    """Return what a binary's position may lose: its value if long, else what a lot pays less that."""
    value_micros = instruments[instrument, INSTRUMENT_MARK_TICKS]
    value_micros *= instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    short_lots = max(0, -shortest)
    all_lost: int = max(max(0, longest) * value_micros, short_lots * (payout_micros - value_micros))
    return all_lost


@inlined
def beyond_micros(instruments: Array, instrument: int, longest: int, shortest: int) -> int:
    """Return the add-on for lots beyond what the market is taken to absorb."""
    threshold_lots = instruments[instrument, INSTRUMENT_CONCENTRATION_LOTS]
    lot_micros: int = instruments[instrument, INSTRUMENT_CONCENTRATION_MICROS]
    beyond_lots: int = max(0, max(longest, -shortest) - threshold_lots)
    return beyond_lots * lot_micros


@inlined
def concentration_micros(instruments: Array, instrument: int, longest: int, shortest: int) -> int:
    """Return the add-on for lots beyond what the market is taken to absorb; of a binary all it may lose.

    A binary pays all or nothing whatever else moves, so that nothing offsets it.
    """
    addon = beyond_micros(instruments, instrument, longest, shortest)
    payout_micros = instruments[instrument, INSTRUMENT_PAYOUT_MICROS]
    if payout_micros != 0:
        addon = all_micros(instruments, instrument, payout_micros, longest, shortest)
    return addon


@inlined
def addon_micros(
    instruments: Array, instrument: int, longest: int, shortest: int, lost_ticklots: int
) -> int:
    """Return one position's add-on to initial margin: concentration, and what fills would lose at once.

    No order's gain against the mark covers another's loss, because the losing one may fill alone.
    """
    tick_micros: int = instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    concentrated = concentration_micros(instruments, instrument, longest, shortest)
    total: int = concentrated + lost_ticklots * tick_micros
    return total


@inlined
def addon_change(
    ledger: Ledger,
    account: int,
    instrument: int,
    longest_change: int,
    shortest_change: int,
    lost_ticklots: int,
) -> int:
    """Return by how much such a change of one position's orders changes its add-on."""
    instruments, positions = ledger.instruments, ledger.positions
    longest = positions[account, instrument, POSITION_LONGEST_LOTS]
    shortest = positions[account, instrument, POSITION_SHORTEST_LOTS]
    longest_after, shortest_after = longest + longest_change, shortest + shortest_change
    concentrated = beyond_micros(instruments, instrument, longest_after, shortest_after)
    concentrated -= beyond_micros(instruments, instrument, longest, shortest)
    payout_micros = instruments[instrument, INSTRUMENT_PAYOUT_MICROS]
    if payout_micros != 0:
        # Asked once for both, because nearly no order is one of a binary.
        concentrated = all_micros(
            instruments, instrument, payout_micros, longest_after, shortest_after
        ) - all_micros(instruments, instrument, payout_micros, longest, shortest)
    tick_micros: int = ledger.instruments[instrument, INSTRUMENT_TICK_VALUE_MICROS]
    change: int = concentrated + lost_ticklots * tick_micros
    return change


@inlined
def working_addon_change(
    ledger: Ledger, account: int, instrument: int, side: int, lots: int, lost_ticklots: int
) -> int:
    """Return by how much a position's add-on changes when so much more works on one side."""
    return addon_change(ledger, account, instrument, lots * (1 - side), -lots * side, lost_ticklots)


@inlined
def initial_after(
    ledger: Ledger,
    account: int,
    instrument: int,
    longest_change: int,
    shortest_change: int,
    lost_ticklots: int,
) -> int:
    """Return an account's initial margin after a change of one position's orders or lots.

    lost_ticklots: by how much what its fills would lose against the mark changes.
    """
    worst = worst_after(ledger, account, instrument, longest_change, shortest_change)
    addon = addon_change(
        ledger, account, instrument, longest_change, shortest_change, lost_ticklots
    )
    needed: int = worst + ledger.accounts[account, ACCOUNT_ADDON_MICROS] + addon
    return needed


@inlined
def is_covered(
    ledger: Ledger, account: int, instrument: int, side: int, lots: int, addon: int
) -> bool:
    """Say whether equity covers initial margin and fee with so much more working, or it needs no more then.

    lots: what an order adds to its side (an amend's difference); addon: see ``working_addon_change``.
    """
    accounts, instruments = ledger.accounts, ledger.instruments
    free_micros = accounts[account, ACCOUNT_CASH_MICROS] - addon
    free_micros -= max(0, lots) * instruments[instrument, INSTRUMENT_TAKER_FEE_MICROS]
    # Most accounts have more than their lots would need by themselves: for them nothing is scanned.
    most_micros = max(0, lots) * instruments[instrument, INSTRUMENT_INITIAL_MICROS]
    if accounts[account, ACCOUNT_INITIAL_MICROS] + most_micros <= free_micros:
        return True
    worst = worst_after(ledger, account, instrument, lots * (1 - side), -lots * side)
    worst += accounts[account, ACCOUNT_ADDON_MICROS]
    return bool(worst + addon <= accounts[account, ACCOUNT_INITIAL_MICROS] or worst <= free_micros)


@called
def change_status(ledger: Ledger, account: int) -> None:
    """Call an account that fell below maintenance margin, or let one go that is whole again.

    A close-out ends with the initial margin covered, so that the next tick does not begin another.
    """
    accounts, venue = ledger.accounts, ledger.venue
    cash_micros = accounts[account, ACCOUNT_CASH_MICROS]
    status = accounts[account, ACCOUNT_STATUS]
    wanted_micros = accounts[account, ACCOUNT_MAINTENANCE_MICROS]
    if status == _CLOSING_OUT:
        wanted_micros = max(wanted_micros, accounts[account, ACCOUNT_INITIAL_MICROS])
    if (status == _SOUND) == (cash_micros < wanted_micros):
        accounts[account, ACCOUNT_STATUS] = _CALLED
        if status != _SOUND:
            accounts[account, ACCOUNT_STATUS] = _SOUND
        if venue[VENUE_NEW_CALLS] == 0:
            venue[VENUE_FIRST_CALLED] = account
            venue[VENUE_LAST_CALLED] = account
        venue[VENUE_NEW_CALLS] += 1
        venue[VENUE_FIRST_CALLED] = min(venue[VENUE_FIRST_CALLED], account)
        venue[VENUE_LAST_CALLED] = max(venue[VENUE_LAST_CALLED], account)


@inlined
def watch(ledger: Ledger, account: int) -> None:
    """Change an account's status where its cash and maintenance margin say so."""
    accounts = ledger.accounts
    called_or_short = accounts[account, ACCOUNT_STATUS] != _SOUND
    cash_micros = accounts[account, ACCOUNT_CASH_MICROS]
    if called_or_short or cash_micros < accounts[account, ACCOUNT_MAINTENANCE_MICROS]:
        change_status(ledger, account)


@inlined
def set_held_addon(ledger: Ledger, account: int, instrument: int, lots: int) -> None:
    """Replace one position's add-on to maintenance margin."""
    accounts, positions = ledger.accounts, ledger.positions
    addon = concentration_micros(ledger.instruments, instrument, lots, lots)
    accounts[account, ACCOUNT_MAINTENANCE_ADDON_MICROS] += (
        addon - positions[account, instrument, POSITION_MAINTENANCE_ADDON_MICROS]
    )
    positions[account, instrument, POSITION_MAINTENANCE_ADDON_MICROS] = addon


@inlined
def replace_moves(
    ledger: Ledger, former: Array, account: int, instrument: int, longest: int, shortest: int
) -> None:
    """Let an account's initial losses contain an instrument's present moves instead of the former."""
    losses, moves = ledger.losses, ledger.moves
    for scenario in range(SCENARIOS):
        losses[account, scenario] += gain_micros(former[0, scenario], longest, shortest)
        losses[account, scenario] -= gain_micros(moves[instrument, scenario], longest, shortest)


@inlined
def follow_position(ledger: Ledger, account: int, instrument: int) -> None:
    """Let an account's losses, add-ons and margins follow what one of its positions has become."""
    instruments, accounts, positions = ledger.instruments, ledger.accounts, ledger.positions
    lots = positions[account, instrument, POSITION_LOTS]
    longest = lots + positions[account, instrument, POSITION_BUY_LOTS]
    shortest = lots - positions[account, instrument, POSITION_SELL_LOTS]
    longest_change = longest - positions[account, instrument, POSITION_LONGEST_LOTS]
    shortest_change = shortest - positions[account, instrument, POSITION_SHORTEST_LOTS]
    lots_change = lots - positions[account, instrument, POSITION_HELD_LOTS]
    positions[account, instrument, POSITION_LONGEST_LOTS] = longest
    positions[account, instrument, POSITION_SHORTEST_LOTS] = shortest
    worst = add_losses(ledger, account, instrument, longest_change, shortest_change)
    addon = addon_micros(
        instruments,
        instrument,
        longest,
        shortest,
        positions[account, instrument, POSITION_BUY_LOSS_TICKLOTS]
        + positions[account, instrument, POSITION_SELL_LOSS_TICKLOTS],
    )
    accounts[account, ACCOUNT_ADDON_MICROS] += (
        addon - positions[account, instrument, POSITION_ADDON_MICROS]
    )
    positions[account, instrument, POSITION_ADDON_MICROS] = addon
    accounts[account, ACCOUNT_INITIAL_MICROS] = worst + accounts[account, ACCOUNT_ADDON_MICROS]
    if lots_change != 0:
        positions[account, instrument, POSITION_HELD_LOTS] = lots
        held_worst = add_held_losses(ledger, account, instrument, lots_change)
        set_held_addon(ledger, account, instrument, lots)
        held_worst += accounts[account, ACCOUNT_MAINTENANCE_ADDON_MICROS]
        accounts[account, ACCOUNT_MAINTENANCE_MICROS] = held_worst


@inlined
def refresh(ledger: Ledger, account: int, instrument: int) -> None:
    """Let an account's margins follow what one of its positions has become, and its status follow these."""
    follow_position(ledger, account, instrument)
    watch(ledger, account)


@inlined
def follow_orders(
    ledger: Ledger,
    account: int,
    instrument: int,
    side: int,
    lots: int,
    lost_ticklots: int,
    addon: int,
) -> None:
    """Let a sound account's initial margin follow what works on one side, and nothing but that, by a change.

    What ``refresh`` does then, without a look at what holdings decide: maintenance margin, and with it
    the status. addon: see ``working_addon_change``; it is only touched where it changes, because few
    have any.
    """
    accounts, positions = ledger.accounts, ledger.positions
    buy_column, end_column = POSITION_BUY_LOTS + 2 * side, POSITION_LONGEST_LOTS + side
    signed_lots = lots * (1 - 2 * side)
    positions[account, instrument, buy_column] += lots
    positions[account, instrument, buy_column + 1] += lost_ticklots
    positions[account, instrument, end_column] += signed_lots
    if addon != 0:
        accounts[account, ACCOUNT_ADDON_MICROS] += addon
        positions[account, instrument, POSITION_ADDON_MICROS] += addon
    worst = add_losses(ledger, account, instrument, signed_lots * (1 - side), signed_lots * side)
    accounts[account, ACCOUNT_INITIAL_MICROS] = worst + accounts[account, ACCOUNT_ADDON_MICROS]


@inlined
def assess(ledger: Ledger, account: int) -> None:
    """Set an account's margins from its losses and add-ons, and its status from these and its cash."""
    accounts = ledger.accounts
    worst = worst_micros(ledger, account, 0)
    accounts[account, ACCOUNT_INITIAL_MICROS] = worst + accounts[account, ACCOUNT_ADDON_MICROS]
    held_worst = worst_micros(ledger, account, SCENARIOS)
    maintenance = held_worst + accounts[account, ACCOUNT_MAINTENANCE_ADDON_MICROS]
    accounts[account, ACCOUNT_MAINTENANCE_MICROS] = maintenance
    watch(ledger, account)
