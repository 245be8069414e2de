"""Order books that can be installed from PyPI, each behind the same three verbs."""
