"""The kinds of traders, one file each, and the registry by which they are made."""
