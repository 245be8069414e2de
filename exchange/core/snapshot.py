"""The core's state as bytes, and its digest: equal digests mean equal futures."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np

from exchange.core import layout as at
from exchange.core.core import RULES_VERSION, Core
from exchange.core.default_terms import DefaultTerms
from exchange.core.fixings import Fixing
from exchange.core.instrument import InstrumentSpec
from exchange.core.mark_rule import Anchor, Reading
from exchange.core.offers import Offer
from exchange.core.scenario_spec import ScenarioSpec
from exchange.explained import ExplainedError
from matching.book import OrderBooks


class RulesVersionError(ExplainedError, ValueError):
    """A snapshot or log was written under other rules than this program's."""


class _State(msgspec.Struct):
    rules_version: int
    books: bytes
    specs: list[InstrumentSpec]
    account_names: list[str]
    labels: list[dict[str, int]]
    index_names: list[str]
    index_prices: dict[str, int]
    anchors: list[Anchor]
    readings: list[list[Reading]]
    instruments: bytes
    accounts: bytes
    positions: bytes
    venue: bytes
    scenarios: list[ScenarioSpec]
    moves: bytes
    losses: bytes
    preventions: dict[int, int] = {}
    deadlines: dict[int, int] = {}
    default_terms: DefaultTerms = DefaultTerms()
    contributions: dict[int, int] = {}
    offers: dict[int, Offer] = {}
    parents: list[int] = []
    trades: bytes = b""
    day_id: int = 1
    fixing_names: list[str] = []
    fixings: list[tuple[str, int, Fixing]] = []


def take(core: Core) -> bytes:
    """Return the core's state; `restore` gives an equal core."""
    accounts = len(core.account_names)
    return msgspec.msgpack.encode(
        _State(
            rules_version=RULES_VERSION,
            books=core.books.snapshot(),
            specs=core.specs,
            account_names=core.account_names,
            labels=core.labels,
            index_names=core.index_names,
            index_prices=core.index_prices,
            anchors=core.anchors,
            readings=core.readings,
            instruments=core.instruments.tobytes(),
            accounts=core.accounts[:accounts].tobytes(),
            positions=core.positions[:accounts].tobytes(),
            venue=core.venue.tobytes(),
            scenarios=core.scenarios,
            moves=core.moves.tobytes(),
            losses=core.losses[:accounts].tobytes(),
            preventions=_sorted(core.preventions),
            deadlines=_sorted(core.deadlines),
            default_terms=core.default_terms,
            contributions=_sorted(core.contributions),
            offers=dict(sorted(core.offers.items())),
            parents=core.parents,
            trades=core.trades.rows.tobytes(),
            day_id=core.trades.day_id,
            fixing_names=core.fixing_names,
            fixings=_fixings(core),
        )
    )


def restore(raw: bytes) -> Core:
    """Return the core of a snapshot.

    Raises msgspec.DecodeError when the bytes are not a snapshot, RulesVersionError when it was taken
    under other rules.
    """
    state = msgspec.msgpack.decode(raw, type=_State)
    if state.rules_version != RULES_VERSION:
        raise RulesVersionError(
            f"the snapshot was taken under rules version {state.rules_version}, this program has "
            f"{RULES_VERSION}: run the release that wrote it"
        )
    try:
        return _core_of(state)
    except ValueError as error:
        raise RulesVersionError(
            f"the snapshot's rows have other columns than this program's ({error}): "
            "run the release that wrote it"
        ) from error


def _core_of(state: _State) -> Core:
    core = Core()
    for name in state.account_names:
        core.add_account(name)
    for spec in state.specs:
        core.add_instrument(spec)
    core.books = OrderBooks.restore(state.books)
    core.books.add_owners(len(core.accounts))
    core.labels = state.labels
    core.index_names = state.index_names
    core.index_prices = state.index_prices
    core.anchors = state.anchors
    core.readings = state.readings
    core.preventions = state.preventions
    core.deadlines = state.deadlines
    core.default_terms = state.default_terms
    core.contributions = state.contributions
    core.offers = state.offers
    core.parents = state.parents
    core.trades.restore(state.trades, state.day_id)
    core.fixing_names = state.fixing_names
    core.fixings = {(index, day): fixing for index, day, fixing in state.fixings}
    accounts = len(state.account_names)
    core.instruments = _rows(state.instruments, at.INSTRUMENT_COLUMNS)
    core.accounts[:accounts] = _rows(state.accounts, at.ACCOUNT_COLUMNS)
    core.positions[:accounts] = _rows(state.positions, at.POSITION_COLUMNS).reshape(
        accounts, len(state.specs), at.POSITION_COLUMNS
    )
    core.venue = np.frombuffer(state.venue, np.int64).copy()
    core.scenarios = state.scenarios
    core.moves = _rows(state.moves, at.MOVE_COLUMNS)
    core.losses[:accounts] = _rows(state.losses, at.LOSS_COLUMNS)
    return core


def _fixings(core: Core) -> list[tuple[str, int, Fixing]]:
    return sorted((index, day, fixing) for (index, day), fixing in core.fixings.items())


def _sorted(by_account: dict[int, int]) -> dict[int, int]:
    return dict(sorted(by_account.items()))


def _rows(raw: bytes, columns: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.frombuffer(raw, np.int64).reshape(-1, columns).copy()


def digest(core: Core) -> str:
    """Return a SHA-256 over everything that decides the future."""
    state = hashlib.sha256(core.books.digest().encode())
    accounts = len(core.account_names)
    for array in (
        core.instruments,
        core.accounts[:accounts],
        core.positions[:accounts],
        core.venue,
        core.moves,
        core.losses[:accounts],
        core.trades.rows,
    ):
        state.update(np.ascontiguousarray(array).tobytes())
    state.update(
        msgspec.json.encode(
            [
                RULES_VERSION,
                core.specs,
                core.account_names,
                [list(labels.items()) for labels in core.labels],
                core.index_names,
                core.index_prices,
                core.anchors,
                core.readings,
                core.scenarios,
                sorted(core.preventions.items()),
                sorted(core.deadlines.items()),
                core.default_terms,
                sorted(core.contributions.items()),
                core.parents,
                core.trades.day_id,
                core.fixing_names,
                _fixings(core),
                # Earlier rules knew no offers, and the digests of their states stand.
                *sorted(core.offers.items()),
            ]
        )
    )
    return state.hexdigest()
