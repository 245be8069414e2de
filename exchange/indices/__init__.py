"""Indices: from observed rental prices to the prints that contracts are marked and settled on."""
