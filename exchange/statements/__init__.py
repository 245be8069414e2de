"""Daily statements: how each account's balance became what it is, posting by posting."""
