"""Processes that follow the log with the same core: market data, a standby, a recorder."""
