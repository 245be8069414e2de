"""What can be expected to go wrong, in words for whoever typed the command."""

from __future__ import annotations


class ExplainedError(Exception):
    """Something that a user can mend: the text says what is wrong, why, and what to do.

    Commands show it as one line. What is not one shows its traceback, since it is a fault of the software.
    """
