"""Whoever trades: the client library, the port of traders, the traders and their runtimes."""
