"""The traders' commands, one a file, each imported when it is typed."""
