"""What everyone who trades lease tokens has in common: the tokens, the months behind them, their value."""

from __future__ import annotations

from clients.participants.contract_months import hedge_strip
from clients.participants.hedger import Hedger, HedgerParams
from clients.participants.lease_value import MonthMarks
from clients.view import MarketView


class TokenParams(HedgerParams, frozen=True, kw_only=True):
    """Parameters; family, strip_family: the token's contracts and those of its months (defaults)."""

    family: str = "H100LEASE"
    strip_family: str = "HPR"


class TokenTrader(Hedger):
    """Watches tokens and the contracts of their months."""

    def __init__(self, name: str, seed: int, params: TokenParams) -> None:
        super().__init__(name, seed, params)
        self.token_params = params
        self.marks = MonthMarks()

    def tokens(self, view: MarketView) -> list[str]:
        """Return the listed tokens, nearest first."""
        params = self.token_params
        asked = [name for name in params.names if name in view.instruments]
        return asked or hedge_strip(view.instruments.values(), params.underlying, params.family)

    def strip(self, view: MarketView) -> list[str]:
        """Return the contracts of the months."""
        params = self.token_params
        return hedge_strip(view.instruments.values(), params.underlying, params.strip_family)

    def instruments(self, view: MarketView) -> list[str]:
        """Return tokens and months."""
        return self.tokens(view) + self.strip(view)
