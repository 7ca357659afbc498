"""Paper accounts: opened, traded on and stopped while the engine runs, and taken up again after a restart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from prometheus_client.core import Metric
from pydantic import ValidationError

from spreadscope import contract
from spreadscope.app import trading_views as views
from spreadscope.app.component import Component, error, warning
from spreadscope.app.core_service import CoreService
from spreadscope.app.paper_metrics import paper_metrics
from spreadscope.app.store_service import StoreService
from spreadscope.app.trade_requests import open_request
from spreadscope.app.trading_ticket import make_ticket
from spreadscope.app.trading_views import AccountView
from spreadscope.contract import LimitState, Runbook
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, StateError, StoreError, UnknownAccountError, UnknownSymbolError
from spreadscope.model.facts import Fact
from spreadscope.model.instrument import Pair
from spreadscope.model.paper_section import PaperConfig
from spreadscope.model.setting_descriptions import SettingDescription, setting_descriptions
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import (
    ACCOUNT_NAME,
    LONGEST_ACCOUNT_NAME,
    LONGEST_REASON,
    MOST_ACCOUNTS,
    AccountSettings,
    Decision,
    Fill,
    PairTrade,
)
from spreadscope.model.trading_events import (
    AnswerDecision,
    CloseTrade,
    ResumeAccount,
    SetAccount,
    SetKill,
    SetTradingMode,
    TradingEvent,
)
from spreadscope.model.trading_states import TradeState, TradingMode
from spreadscope.store.trading_reader import PairFill, TradeComment
from spreadscope.store.trading_tables import store_comment
from spreadscope.tasks import Policy, Tasks
from spreadscope.trading.frozen_fit import Fit
from spreadscope.trading.paper_account import PaperAccount
from spreadscope.trading.risk.holdings import Holding, holdings_of

FIRST_ACCOUNT = "paper"
_PERSON = "a person"
_NAME = re.compile(ACCOUNT_NAME)
_SECTION = "paper."
SettingValue = bool | int | float | str


class TradingService(Component):
    """Requests are checked here and become events of the core; what is asked is answered from its accounts."""

    name = "paper trading"

    def __init__(self, config: Config, core: CoreService, store: StoreService, tasks: Tasks) -> None:
        self._config = config
        self._core = core
        self._store = store
        self._tasks = tasks
        self._problems: list[str] = []
        self._comments: dict[tuple[str, int], TradeComment] = {}

    def alarms(self) -> Iterable[contract.Alarm]:
        yield from map(warning, self._problems)
        for name, account in self._accounts.items():
            if (kill := account.book.kill) is not None:
                yield warning(
                    f"paper account {name}: the kill switch was pulled by {kill.by} ({kill.reason}): nothing is entered"
                    " until it is reset",
                    Runbook.KILL_SWITCH,
                )
            for trade in account.book.trades.values():
                if trade.state is TradeState.FAILED:
                    yield error(
                        f"paper account {name}: trade {trade.id} of {trade.pair} failed: {trade.note}",
                        Runbook.TRADE_FAILED,
                    )
                elif trade.state is TradeState.REPAIR:
                    yield warning(
                        f"paper account {name}: a leg of trade {trade.id} of {trade.pair} is missing: {trade.note}",
                        Runbook.TRADE_FAILED,
                    )
            margin = next((limit for limit in self._view(account).limits() if limit.name == "margin used"), None)
            if margin is not None and margin.state in {LimitState.NEAR, LimitState.BROKEN} and margin.value is not None:
                yield warning(
                    f"paper account {name}: {margin.value:.0f}% of its equity is maintenance margin, the limit is"
                    f" {margin.limit:g}%: close a part",
                    Runbook.MARGIN,
                )

    def metrics(self) -> Iterable[Metric]:
        return paper_metrics(self.accounts(), {name: self.open_trades(name) for name in self._accounts})

    # --- a start ------------------------------------------------------------------------------------------------------

    async def resume(self) -> None:
        """Take up the accounts of an earlier run."""
        self._problems.clear()
        reader = self._store.reader.trading
        try:
            states, problems = await asyncio.to_thread(reader.accounts)
            for state in states:
                numbers = [trade.id for trade in state.trades]
                comments = await asyncio.to_thread(reader.comments, state.account, numbers)
                self._comments |= {(state.account, number): comment for number, comment in comments.items()}
        except StoreError as problem:
            self._problems.append(
                f"the stored paper accounts cannot be read ({problem}): there are none until they can"
            )
            return
        self._problems += problems
        known = self._accounts
        self._core.apply([ResumeAccount(state) for state in states if state.account not in known])
        if not states and not problems and not known:
            self._tasks.start("first paper account", Policy.ONCE, self._open_first)

    async def _open_first(self) -> None:
        """Open the first account of a new store, once the market's clock says when that is."""
        running = asyncio.Event()
        stop = self._core.observe(lambda _: running.set() if self._core.market_time else None)
        try:
            await running.wait()
        finally:
            stop()
        if not self._accounts:
            self._apply(SetAccount(FIRST_ACCOUNT, self._config.paper.account_settings()))

    # --- requests -----------------------------------------------------------------------------------------------------

    def put_account(self, name: str, changes: Mapping[str, SettingValue]) -> str:
        """Open an account, or change settings of one. Returns its name. Raises ``ConfigError`` and changes nothing."""
        name = name.strip(" ")
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{name[:60]!r} is no name of an account: write 1 to {LONGEST_ACCOUNT_NAME} letters, digits, blanks,"
                " - or _"
            )
        known = self._accounts.get(name)
        if known is None and len(self._accounts) >= MOST_ACCOUNTS:
            raise StateError(f"there are {MOST_ACCOUNTS} paper accounts already: use one of them")
        if known is None and not self._core.market_time:
            raise StateError("no account can be opened before the market's clock runs: try again in a moment")
        before = known.book.settings if known is not None else self._config.paper.account_settings()
        settings = changed_settings(before, changes)
        if known is not None and settings.cash != before.cash:
            raise StateError(f"the cash of {name} was paid in when it was opened: open another account for other cash")
        if known is None or settings != before:
            self._apply(SetAccount(name, settings, _PERSON))
        return name

    def set_mode(self, account: str, pair: Pair, timeframe: Timeframe, mode: TradingMode) -> None:
        """Set what signals of a pair do. Raises ``SymbolError`` for one that is not tracked."""
        self._require(account)
        self._require_pair(pair)
        self._apply(SetTradingMode(account, pair, timeframe, mode))

    def open_trade(self, account: str, pair: Pair, body: contract.OpenTradeBody) -> contract.TradeDecision:
        """Open a pair trade. Returns what became of the request; a refused one has its reason."""
        self._require(account)
        self._require_pair(pair)
        return _decided(self._apply(open_request(account, pair, body)))

    def close_trade(self, account: str, trade: int, percent: int, reason: str) -> PairTrade:
        """Close a share (percent) of an open trade. Returns it after that."""
        book = self._require(account).book
        if trade not in book.trades:
            raise UnknownAccountError(f"{account} has no open trade {trade}: see its open trades")
        if not 1 <= percent <= 100:
            raise ConfigError(f"a share of {percent}% cannot be closed: give 1 to 100")
        facts = self._apply(CloseTrade(account, trade, percent, _reason(reason)))
        changed = [fact for fact in facts if isinstance(fact, PairTrade) and fact.id == trade]
        if not changed:
            raise ConfigError(f"{percent}% of trade {trade} is less than a step of either leg: close more of it")
        return changed[-1]

    def close_all(self, account: str, reason: str) -> None:
        """Close all trades of an account."""
        self._require(account)
        self._apply(CloseTrade(account, 0, 100, _reason(reason)))

    def answer(self, account: str, decision: int, *, accept: bool) -> contract.TradeDecision:
        """Accept or decline a signal that waits. Returns what became of it."""
        if decision not in self._require(account).book.pending:
            raise UnknownAccountError(f"no signal {decision} of {account} waits for an answer any more")
        return _decided(self._apply(AnswerDecision(account, decision, accept)))

    def set_kill(self, account: str, *, active: bool, reason: str) -> None:
        """Pull the kill switch of an account, or reset it."""
        kill = self._require(account).book.kill
        words = _reason(reason)
        if active == (kill is not None):
            state = "pulled already" if active else "not pulled"
            raise StateError(f"the kill switch of {account} is {state}: nothing was changed")
        self._apply(SetKill(account, active, _PERSON, words))

    async def set_comment(self, account: str, trade: int, comment: str, tags: Iterable[str]) -> None:
        """Replace the comment and the tags of a trade, open or closed."""
        book = self._require(account).book
        written = TradeComment(comment.strip(), tuple(dict.fromkeys(filter(None, map(str.strip, tags)))))
        if trade in book.trades:
            self._comments[account, trade] = written
        elif await asyncio.to_thread(self._store.reader.trading.trade, account, trade) is None:
            raise UnknownAccountError(f"{account} has no trade {trade}: see its trades")
        self._store.writer.command(store_comment(account, trade, written.comment, written.tags))

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        return list(self._accounts)

    def settings(self) -> list[contract.AccountSetting]:
        """Returns the settings of accounts, with the values that a new one begins with."""
        values = dict(self._config.paper)
        return [
            contract.AccountSetting(
                key=key, kind=each.kind, value=_plain(values[key]), default=_plain(each.default), help=each.help,
                choices=each.choices, low=each.low, high=each.high,
            )
            for key, each in account_descriptions().items()
        ]  # fmt: skip

    def accounts(self) -> list[contract.PaperAccount]:
        return [self._view(account).account() for account in self._accounts.values()]

    def account(self, name: str) -> contract.PaperAccount:
        """Returns an account at the newest prices. Raises ``UnknownAccountError``."""
        return self._view(self._require(name)).account()

    def limits(self, name: str) -> list[contract.TradingLimit]:
        return self._view(self._require(name)).limits()

    def open_trades(self, name: str) -> list[contract.PaperTrade]:
        """Returns the trades that are not closed, the oldest first."""
        account = self._require(name)
        view = self._view(account)
        return [view.trade(trade, self._comment(name, trade.id)) for trade in account.book.trades.values()]

    def trade(self, name: str, trade: PairTrade, comment: TradeComment | None = None) -> contract.PaperTrade:
        """Returns a trade; without a ``comment``, with the one that is known of an open trade."""
        written = comment if comment is not None else self._comment(name, trade.id)
        return self._view(self._require(name)).trade(trade, written)

    def holdings(self, name: str) -> list[Holding]:
        """Returns the positions of the trades that hold anything, at mark."""
        account = self._require(name)
        return holdings_of(account.book.trades.values(), self._view(account).mark)

    def working_orders(self, name: str) -> list[contract.PaperOrder]:
        """Returns the orders that have not ended, the oldest first."""
        return [views.order(order) for order in self._require(name).book.orders.values()]

    def view(self, name: str) -> contract.PaperView:
        """Returns what the topic of an account begins with."""
        return contract.PaperView(
            account=self.account(name), trades=self.open_trades(name), orders=self.working_orders(name)
        )

    def ticket(
        self, name: str, pair: Pair, timeframe: Timeframe, *, side: int, notional: float | None = None
    ) -> contract.Ticket:
        """Returns a trade at market, or as the account's settings say, before it is sent, at the newest prices."""
        body = contract.OpenTradeBody(
            pair=str(pair), timeframe=timeframe, side=1 if side > 0 else -1, notional=notional
        )
        return self.preview(name, pair, body)

    def preview(self, name: str, pair: Pair, body: contract.OpenTradeBody) -> contract.Ticket:
        """Returns what a request would come to, at the newest prices; nothing is changed by it."""
        account = self._require(name)
        self._require_pair(pair)
        request = open_request(name, pair, body)
        states = self._core.states(pair)
        row = states[body.timeframe].row if states is not None else None
        space = self._core.parameters(pair, body.timeframe).analytics.space
        broker = self._core.engine.broker
        return make_ticket(account, broker.market, Fit.of(row, space), request, broker.now)

    def open_trade_of(self, name: str, number: int) -> PairTrade | None:
        """Returns a trade that is not closed; None where there is none."""
        return self._require(name).book.trades.get(number)

    def decision(self, decision: Decision) -> contract.TradeDecision:
        return views.decision(decision)

    def fill(self, fill: Fill, trade: PairTrade | None) -> contract.PaperFill:
        """Returns a fill of a trade."""
        return views.fill(PairFill(fill, str(trade.pair) if trade is not None else ""))

    # --- helpers ------------------------------------------------------------------------------------------------------

    @property
    def _accounts(self) -> dict[str, PaperAccount]:
        return self._core.engine.broker.accounts

    def _view(self, account: PaperAccount) -> AccountView:
        broker = self._core.engine.broker
        # Before the first tick of a run the newest change of an earlier one says what time it is.
        now = broker.now or max((trade.time for trade in account.book.trades.values()), default=account.book.opened)
        return AccountView(account, broker.market, now)

    def _comment(self, account: str, trade: int) -> TradeComment:
        return self._comments.get((account, trade), TradeComment())

    def require(self, name: str) -> None:
        """Raises ``UnknownAccountError`` for an account that is not there."""
        self._require(name)

    def _require(self, name: str) -> PaperAccount:
        account = self._accounts.get(name)
        if account is None:
            names = ", ".join(self._accounts) or "none"
            raise UnknownAccountError(f"there is no paper account {name[:60]!r}: there are {names}")
        return account

    def _require_pair(self, pair: Pair) -> None:
        if pair not in self._core.pairs:
            raise UnknownSymbolError(f"the pair {pair} is not tracked: add it first")

    def _apply(self, event: TradingEvent) -> list[Fact]:
        """Feed one event to the core. Returns its facts."""
        facts: list[Fact] = []
        stop = self._core.observe(facts.extend)
        try:
            self._core.apply([event])
        finally:
            stop()
        return facts


def account_descriptions() -> dict[str, SettingDescription]:
    """Returns the settings of accounts by their names: the keys of ``[paper]``."""
    return {
        key.removeprefix(_SECTION): each for key, each in setting_descriptions().items() if key.startswith(_SECTION)
    }


def changed_settings(before: AccountSettings, changes: Mapping[str, SettingValue]) -> AccountSettings:
    """Returns settings with changes. Raises ``ConfigError``."""
    known = account_descriptions()
    for key, value in changes.items():
        if key not in known:
            raise ConfigError(f"unknown setting {key[:60]!r} of a paper account: choose of {', '.join(known)}")
        if not known[key].takes(value):
            raise ConfigError(f"{key}: {value!r:.60} is not of its kind, {known[key].kind.value}")
    try:
        return PaperConfig.model_validate(msgspec.structs.asdict(before) | dict(changes)).account_settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{key}: {first['msg'].removeprefix('Value error, ')}") from None


def _decided(facts: Iterable[Fact]) -> contract.TradeDecision:
    decisions = [fact for fact in facts if isinstance(fact, Decision)]
    if not decisions:
        raise StoreError("the request was not worked out: see the alarms, and try again")
    return views.decision(decisions[-1])


def _reason(text: str) -> str:
    words = text.strip()
    if not words or len(words) > LONGEST_REASON:
        raise ConfigError(f"a reason is needed: write 1 to {LONGEST_REASON} characters")
    return words


def _plain(value: Any) -> SettingValue:
    return str(value.value) if hasattr(value, "value") else value
