"""Loans against GPUs: schedules, tranches, covenants, the waterfall of cash, and expected loss."""
