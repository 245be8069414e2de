"""``cfx admin``: the operator's calls of a running exchange from the command line."""

from exchange.admin import accounts, clearing, controls, days, defaults, oversight, prices, trading
from exchange.admin.app import admin_app

__all__ = [
    "accounts",
    "admin_app",
    "clearing",
    "controls",
    "days",
    "defaults",
    "oversight",
    "prices",
    "trading",
]
