"""The exchange's commands, one a file, each imported when it is typed."""
