"""The arbitrageur of lease token against futures strip.

A token is its three months (``lease_value``), so a token away from the strip's price is sold, or
bought, against the months. Decision rule: enter where the token's bid is ``entry`` above what the
strip costs at its asks, or its ask as much below what the strip fetches at its bids; be out where
the token's middle is within ``leave`` of the months' marks, and hold in between; the strip follows
the tokens held, month by month. It has no real business: without the exchange it would do
nothing, and that is its counterfactual.
"""

from __future__ import annotations

from clients.economy.statements import RentalDay
from clients.messages import Side
from clients.participants.futures_account import FuturesDay
from clients.participants.hedger import RealDay
from clients.participants.lease_value import strip_lots
from clients.participants.params import Fraction, Lots
from clients.participants.token_trader import TokenParams, TokenTrader
from clients.trader import Command
from marketdata.messages import Instrument


class TokenArbitrageParams(TokenParams, frozen=True, kw_only=True):
    """Parameters; all defaults are this simulator's choice.

    entry, leave: parts of the
    price; a round trip in token and months costs fees of some 1.2 % of a token at 2.60 $.
    most_tokens: largest position in one token.
    """

    entry: Fraction = 0.02
    leave: Fraction = 0.003
    most_tokens: Lots = 50


class TokenArbitrage(TokenTrader):
    """Holds tokens against their months."""

    kind = "token-arbitrage"

    def __init__(self, name: str, seed: int, params: TokenArbitrageParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self._targets: dict[str, int] = {}
        self._strip_targets: dict[str, int] = {}

    def on_time(self, now_ns: int) -> list[Command]:
        """See what the tokens are worth, and trade tokens and strip."""
        self.now_ns = now_ns
        strip, tokens = self.strip(self.view), self.tokens(self.view)
        self.marks.update(self.view, strip, now_ns)
        for name in tokens:
            self._targets[name] = self._token_target(self.view.instruments[name])
        held = {name: self.view.position_lots(name) for name in tokens}
        self._strip_targets = strip_lots(held, self.view, strip, now_ns)
        return super().on_time(now_ns)

    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        """Return the position wanted in a token or a month."""
        if listed.name in self._targets:
            return self._targets[listed.name]
        return self._strip_targets.get(listed.name, 0)

    def hours_ahead(self) -> float:
        """Return 0: there is no business beside the futures."""
        return 0.0

    def real_day(self, day: RentalDay, futures: FuturesDay) -> RealDay:
        """Return nothing, whatever the statement says."""
        return RealDay(0)

    def own_figures(self) -> dict[str, float]:
        """Return tokens and months held, and how far each token is from fair value."""
        figures: dict[str, float] = {}
        for name in self.tokens(self.view):
            figures[f"{name} lots"] = float(self.view.position_lots(name))
            token, mark_ticks = self.view.instruments[name], self.view.mark_ticks(name)
            fair = self.marks.fair_micros(token, self.view.index_micros(name))
            if fair is not None and mark_ticks is not None:
                figures[f"{name} premium"] = mark_ticks * token.tick_micros / fair - 1
        strip_held = sum(self.view.position_lots(name) for name in self.strip(self.view))
        return {"strip lots": float(strip_held), **figures}

    def _token_target(self, token: Instrument) -> int:
        held = self.view.position_lots(token.name)
        fair = self.marks.fair_micros(token)
        bid, ask = self.view.outside_best(token.name)
        if fair is None or bid is None or ask is None:
            # Without the strip's own prices there is nothing to hold it against.
            return held
        params, strip = self.params, self.strip(self.view)
        costs, fetches = (
            self.marks.tradable_micros(token, self.view, strip, side, self.now_ns)
            for side in (Side.BUY, Side.SELL)
        )
        if costs is not None and bid * token.tick_micros >= costs * (1 + params.entry):
            return -params.most_tokens
        if fetches is not None and ask * token.tick_micros <= fetches * (1 - params.entry):
            return params.most_tokens
        middle = (bid + ask) / 2 * token.tick_micros
        return 0 if abs(middle / fair - 1) <= params.leave else held

    def _affordable(self, listed: Instrument, side: Side, price_ticks: int, now_ns: int) -> bool:
        """Take what the targets ask for: the entry has looked at the price of the token already."""
        return True
