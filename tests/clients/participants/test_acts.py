"""Whoever acts in the economy is recognised by what it can do."""

from __future__ import annotations

from clients.participants.acts import Actor
from clients.participants.ai_lab import AiLab, AiLabParams
from clients.participants.neocloud import Neocloud, NeocloudParams


def test_actors_are_told_from_those_who_only_trade() -> None:
    assert isinstance(Neocloud("cloud", 1, NeocloudParams()), Actor)
    assert not isinstance(AiLab("lab", 1, AiLabParams()), Actor)
