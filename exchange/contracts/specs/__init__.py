"""The specification files that come with the exchange, one TOML file a family."""
