"""Methodology files of the indices that come with the exchange, one each."""
