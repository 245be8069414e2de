"""How providers price: quotes follow utilisation at once, lists only when they are far off.

A list is kept until it differs from the one wanted by more than a threshold, since changing it has
a cost (state-dependent or "menu cost" pricing: Barro 1972; Caplin and Spulber 1987). What is
negotiated lies below the list, by more the emptier the provider.
"""

from __future__ import annotations

import numpy as np

from clients.economy.draws import Floats, Ints, Purpose, normal
from clients.economy.parameters import Parameters
from clients.economy.supply import MICROS, Supply, price_points

DAYS_PER_YEAR = 365
LONGEST_QUOTE_STEP = 0.15
"""Most that a quote moves on a day by utilisation alone, in logs."""


class Pricing:
    """The providers' rules."""

    def __init__(self, params: Parameters) -> None:
        self._rules = params.pricing
        clouds = params.clouds.values()
        self._speed = np.array([cloud.speed for cloud in clouds])
        self._target = np.array([cloud.target_utilisation for cloud in clouds])
        self._raise_at = np.array([cloud.raise_at for cloud in clouds])
        self._cut_at = np.array([cloud.cut_at for cloud in clouds])

    def log_lists(self, supply: Supply) -> Floats:
        """Return the log list in dollars of each product, in the first region."""
        return np.asarray(np.log(supply.products.list_micros / MICROS))

    def log_prices(self, supply: Supply) -> Floats:
        """Return what a deal is struck at before bargaining: the quote, or the list if lower."""
        return np.minimum(supply.products.log_quote, self.log_lists(supply))

    def hear_news(self, supply: Supply, change: Floats) -> None:
        """Let quotes follow what everybody sees of a change in worth, by generation."""
        heard = self._rules.pass_through * change
        supply.products.log_quote += heard[supply.products.generation]

    def requote(self, supply: Supply, used: Ints, log_market: Floats, day: int) -> None:
        """Move quotes by utilisation against target, towards the market, and by the provider's own.

        log_market: executed log price by generation in the benchmark configuration, nan if none.
        """
        products = supply.products
        lack = supply.utilisation(used) - self._target[products.cloud]
        step = np.clip(self._speed[products.cloud] * lack, -LONGEST_QUOTE_STEP, LONGEST_QUOTE_STEP)
        away = log_market[products.generation] + products.log_base - products.log_quote
        own = (
            self._rules.own_moves
            / np.sqrt(DAYS_PER_YEAR)
            * normal(products.key, day, Purpose.QUOTE)
        )
        products.log_quote += step + self._rules.pull * np.nan_to_num(away) + own

    def wanted_log_lists(self, supply: Supply) -> Floats:
        """Return the log list that each product would have if changing it were free.

        The premium over the quote is room to negotiate; a provider that has been busier than its
        target leaves less of it.
        """
        products = supply.products
        target = self._target[products.cloud]
        room = np.clip((1 - products.busy) / (1 - target), 0.0, 1.5)
        return np.asarray(products.log_quote + products.log_premium * room)

    def relist(self, supply: Supply) -> Ints:
        """Change the lists that are too far off and return the rows of those products."""
        products = supply.products
        wanted = self.wanted_log_lists(supply)
        off = wanted - self.log_lists(supply)
        changes = (off > self._raise_at[products.cloud]) | (off < -self._cut_at[products.cloud])
        rows = np.flatnonzero(changes)
        products.list_micros[rows] = price_points(np.exp(wanted[rows]), self._rules.price_point_usd)
        return rows
