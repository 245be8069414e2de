"""Term structures and payoffs: what a futures contract is worth by a model of its index."""
