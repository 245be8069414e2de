"""Margin parameters: what they are, how they become scenarios, and how an index history calibrates them."""
