"""The topics of paper accounts, ``paper:<account>``: what changed of an account, twice a second at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from spreadscope import contract
from spreadscope.app.core_service import CoreService
from spreadscope.app.trading_service import TradingService
from spreadscope.contract import PaperChanges, PaperView
from spreadscope.model.facts import Fact
from spreadscope.model.trading import Decision, Fill, PairTrade
from spreadscope.model.trading_states import TradeState

PREFIX = "paper:"
TICKS = 5  # tenths of a second between two updates
_MOST_NEWS = 500  # of an account between two updates; a page reads the others from the history


class PaperTopics:
    """What was sent last of each account that somebody follows, and what is new since."""

    def __init__(self, core: CoreService, service: TradingService) -> None:
        self._service = service
        self._sent: dict[str, PaperView] = {}
        self._followed: set[str] = set()
        self._news: dict[str, dict[str, list[Any]]] = {}
        self.close: Callable[[], None] = core.observe(self._on_facts)

    def check(self, topic: str) -> None:
        """Raise ``UnknownAccountError`` where there is no such account."""
        self._service.require(_account(topic))

    def snapshot(self, topic: str) -> PaperView:
        """Returns all of an account; whoever follows it already gets all of it with the next update."""
        name = _account(topic)
        self._sent.pop(name, None)
        self._followed.add(name)
        return self._service.view(name)

    def changes(self, subscribed: set[str]) -> Iterator[tuple[str, PaperChanges]]:
        """Yields what changed since the last update of each account among the topics that have subscribers."""
        self._followed = {_account(topic) for topic in subscribed if topic.startswith(PREFIX)}
        for kept in (self._sent, self._news):
            for name in [name for name in kept if name not in self._followed]:
                del kept[name]
        for name in self._followed & set(self._service.names):
            if (changes := self._changes_of(name)) is not None:
                yield f"{PREFIX}{name}", changes

    def _changes_of(self, name: str) -> PaperChanges | None:
        view, before = self._service.view(name), self._sent.get(name)
        self._sent[name] = view
        fields: dict[str, Any] = dict(self._news.pop(name, {}))
        if before is None or _timeless(before.account) != _timeless(view.account):
            fields["account"] = view.account
        if before is None or before.trades != view.trades:
            fields["trades"] = view.trades
        if before is None or before.orders != view.orders:
            fields["orders"] = view.orders
        return PaperChanges(**fields) if fields else None

    def _on_facts(self, facts: list[Fact]) -> None:
        """Note fills, decisions and closed trades. A trade can end with the facts that have its last fill."""
        if not self._followed:
            return
        trades = {(fact.account, fact.id): fact for fact in facts if isinstance(fact, PairTrade)}
        for fact in facts:
            if isinstance(fact, Fill) and fact.account in self._followed:
                trade = trades.get((fact.account, fact.trade)) or self._service.open_trade_of(fact.account, fact.trade)
                self._note(fact.account, "fills", self._service.fill(fact, trade))
            elif isinstance(fact, Decision) and fact.account in self._followed:
                self._note(fact.account, "decisions", self._service.decision(fact))
        for trade in trades.values():
            if trade.state is TradeState.CLOSED and trade.account in self._followed:
                self._note(trade.account, "closed", self._service.trade(trade.account, trade))

    def _note(self, account: str, key: str, item: object) -> None:
        news = self._news.setdefault(account, {}).setdefault(key, [])
        if len(news) < _MOST_NEWS:
            news.append(item)


def _account(topic: str) -> str:
    return topic.removeprefix(PREFIX)


def _timeless(account: contract.PaperAccount) -> contract.PaperAccount:
    """Returns an account without the time, which changes with every tick of the clock."""
    return msgspec.structs.replace(account, time=0)
