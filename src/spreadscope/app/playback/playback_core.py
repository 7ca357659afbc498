"""The core of a playback: the same engine, whose facts go to a temporary store without trades and without a journal."""

from __future__ import annotations

from collections.abc import Sequence

from spreadscope.app.core_service import CoreService
from spreadscope.engine.journal_entry import apply_events
from spreadscope.model.facts import Fact, TradesAccepted
from spreadscope.model.resume import Input


class PlaybackCore(CoreService):
    """A core that also takes stored quotes. The trades stand in the store that is played: they are not copied."""

    def apply(self, events: Sequence[Input]) -> None:
        self.play(events)

    def keep(self, facts: Sequence[Fact]) -> None:
        """Store facts of before, so that pages see them; nothing is said of them."""
        if facts:
            self._writer.submit(facts, {})

    def play(self, events: Sequence[Input]) -> list[Fact]:
        """Feed events to the core; returns their facts in order."""
        facts, _ = apply_events(self.engine, events)
        self._writer.submit([fact for fact in facts if not isinstance(fact, TradesAccepted)], {})
        self._hand_on(facts)
        return facts
