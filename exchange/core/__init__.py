"""The deterministic core: the only place where the market's state changes."""
