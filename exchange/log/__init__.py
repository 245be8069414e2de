"""The sequenced command log: the one thing that must survive, and the way back from it."""
