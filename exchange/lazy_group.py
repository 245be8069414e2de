"""Commands that are imported when they are typed, so that each costs only what it needs itself.

The mechanism is the one that Click's documentation describes under "Lazily Loading Subcommands". A group
knows of each command where it is and what its first line of help says; the rest stays unread until it is
called, or asked for its own help.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Deferred(NamedTuple):
    """A command that is not imported yet.

    source: ``package.module:name`` of a function, or of a Typer app, which becomes a group of commands.
    help: what it says of itself; tests hold it to that.
    """

    source: str
    help: str

    def resolve(self) -> Any:
        """Import it and return its Click command."""
        module, _, name = self.source.partition(":")
        found = getattr(import_module(module), name)
        if not isinstance(found, typer.Typer):
            function, found = found, typer.Typer(add_completion=False)
            found.command()(function)
            return typer.main.get_command(found)
        return typer.main.get_group(found)


class LazyGroup(TyperGroup):
    """A group of commands that are imported one by one; ``deferred``, by name, is what a subclass holds."""

    deferred: Mapping[str, Deferred] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, each in self.deferred.items():
            self.add_command(TyperCommand(name, help=each.help, callback=_unread))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is called, completed or asked for its help; a listing imports none."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None and command.callback is _unread:
            command = self.deferred[name].resolve()
            command.name = name
            self.add_command(command)
        return name, command, rest


def lazy_group(deferred: Mapping[str, Deferred]) -> type[LazyGroup]:
    """Return the class of a group of these commands, in this order, as ``cls`` of a Typer app."""
    return type("LazyCommands", (LazyGroup,), {"deferred": dict(deferred)})


def _unread() -> None:
    raise RuntimeError("a command that was listed is called without having been imported")
