"""The public view of the market: depth, trades, candles, channels and their service."""
