"""Live topics with a small state, which is made from memory and sent whole each time.

A new topic is a declaration here: its name, how often it is sent, and the function that makes its state. The hub itself
has the topics of pairs and alerts; ``watch_topic`` has those of the watch list and ``paper_topic`` those of paper
accounts, which send only what is new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from spreadscope.api.paper_topic import PaperTopics
from spreadscope.api.status import StatusMaker
from spreadscope.api.watch_topic import WatchTopics
from spreadscope.app.core_service import CoreService


class States(NamedTuple):
    """The sources from which states are made."""

    core: CoreService
    status: StatusMaker
    watch: WatchTopics
    paper: PaperTopics


class StateTopic(NamedTuple):
    """A declared topic.

    ``make`` returns its state without waiting; ``ticks`` are tenths of a second between updates.
    """

    ticks: int
    make: Callable[[States], msgspec.Struct]


def _status(sources: States) -> msgspec.Struct:
    return sources.status.status()


STATE_TOPICS: dict[str, StateTopic] = {"status": StateTopic(10, _status)}
