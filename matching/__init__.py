"""Floor 0: price-time matching; integers in, integers out, nothing of ours below it."""
