"""Messages of paper trading: what a person should hear of at once, as alerts of the channels and of the screen."""

from __future__ import annotations

from spreadscope.model.alerting import AlertState, Severity
from spreadscope.model.facts import Alert
from spreadscope.model.sliced_orders import Ladder, SlicedOrder
from spreadscope.model.timeframe import Timeframe
from spreadscope.model.trading import Decision, KillChanged, PairTrade, TradingFact
from spreadscope.model.trading_states import Messages, Outcome, SliceState, TradeState
from spreadscope.trading.fixed_point import text, to_float

_NOTIFY = "firing"
_PROBLEM, _INFO = True, False


class MessageWriter:
    """Writes the messages of one account; each change of a trade's state is told once."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._told: dict[int, TradeState] = {}

    def write(self, fact: TradingFact, wanted: Messages, now: int) -> Alert | None:
        """Returns the message of a fact; None where there is none, or it is not wanted."""
        found: tuple[bool, Severity, str, Timeframe, str] | None = None
        if isinstance(fact, KillChanged) and fact.active:
            words = f"the kill switch was pulled by {fact.by}: {fact.reason}"
            found = _PROBLEM, Severity.CRITICAL, self._account, Timeframe.S1, words
        elif isinstance(fact, PairTrade):
            found = self._of_trade(fact)
        elif isinstance(fact, Decision):
            found = _of_decision(fact)
        if found is None:
            return None
        is_problem, severity, subject, timeframe, words = found
        if wanted is Messages.NONE or (wanted is Messages.PROBLEMS and not is_problem):
            return None
        return Alert(
            f"paper:{self._account}", f"Paper account {self._account}", "", subject, timeframe, now, AlertState.FIRING,
            None, None, severity, f"paper:{self._account}:{subject}:{now}", f"{self._account}: {words}", _NOTIFY,
        )  # fmt: skip

    def _of_trade(self, trade: PairTrade) -> tuple[bool, Severity, str, Timeframe, str] | None:
        before = self._told.get(trade.id)
        if trade.state is before:
            return None
        if trade.state is TradeState.CLOSED:
            self._told.pop(trade.id, None)
        else:
            self._told[trade.id] = trade.state
        side = "long" if trade.side > 0 else "short"
        name = f"{side} {trade.pair}"
        is_problem, severity, words = _INFO, Severity.INFO, ""
        if trade.state is TradeState.REPAIR:
            is_problem, severity, words = _PROBLEM, Severity.WARNING, f"a leg of {name} is missing: {trade.note}"
        elif trade.state is TradeState.FAILED:
            is_problem, severity, words = _PROBLEM, Severity.CRITICAL, f"{name} has failed: {trade.note}"
        elif trade.state is TradeState.OPEN and before is not TradeState.FROZEN and trade.opened == trade.time:
            quantities = f"{text(trade.y.held)} {trade.y.symbol}, {text(trade.x.held)} {trade.x.symbol}"
            words = f"opened {name}{_z(trade.z)}: {quantities}"
        elif trade.state is TradeState.CLOSED and trade.attribution is not None:
            result = to_float(trade.attribution.net)
            words = f"closed {name}: {result:+,.2f} USDT ({trade.note})"
        return (is_problem, severity, str(trade.pair), trade.timeframe, words) if words else None


def _of_decision(decision: Decision) -> tuple[bool, Severity, str, Timeframe, str] | None:
    subject, timeframe = str(decision.pair), decision.timeframe
    if decision.sliced is not None and decision.outcome is not Outcome.REFUSED:
        return _of_order(decision, decision.sliced)
    if decision.outcome is Outcome.PENDING and decision.limit is not None:
        words = f"{decision.action} {subject} waits for z {decision.limit.z:+.2f}"
        return _INFO, Severity.INFO, subject, timeframe, words
    if decision.outcome is Outcome.PENDING:
        words = f"{decision.action} {subject}{_z(decision.z)} waits for your answer"
        return _PROBLEM, Severity.WARNING, subject, timeframe, words
    if decision.outcome is Outcome.REFUSED:
        return _INFO, Severity.INFO, subject, timeframe, f"{decision.action} {subject} was refused: {decision.words}"
    return None


def _of_order(decision: Decision, order: SlicedOrder) -> tuple[bool, Severity, str, Timeframe, str] | None:
    """Returns what is told of an order in slices: that it begins, and how it ended."""
    subject, timeframe = str(decision.pair), decision.timeframe
    name = "ladder" if isinstance(order.plan, Ladder) else "TWAP"
    words = f"{decision.action} {subject} as a {name}"
    if decision.outcome is Outcome.PENDING:
        begun = any(each.state is not SliceState.WAITING for each in order.slices)
        return None if begun else (_INFO, Severity.INFO, subject, timeframe, f"{words} begins")
    skipped = any(each.state is SliceState.SKIPPED for each in order.slices)
    severity = Severity.WARNING if skipped else Severity.INFO
    return skipped, severity, subject, timeframe, f"{words}: {decision.words}"


def _z(value: float | None) -> str:
    return f" at z {value:+.2f}" if value is not None else ""
