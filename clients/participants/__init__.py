"""The kinds of traders, one file each, and the registry by which they are made."""

from clients.participants.registry import REGISTRY, Kind, make_trader

__all__ = ["REGISTRY", "Kind", "make_trader"]
