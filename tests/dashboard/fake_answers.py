"""What the fake engine answers, held to the contract: every answer is made into the struct that the engine sends.

A field that is missing, of another kind or not known fails the test that asked; a body is read as the engine reads it.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from spreadscope import contract
from spreadscope.contract import (
    AcknowledgeBody,
    CheckBody,
    MuteBody,
    PairBody,
    ParametersBody,
    ParameterTrialBody,
    RuleBody,
    ScanBody,
    SettingsBody,
    SymbolsBody,
)

# Method and address (``*``: a name): the status where all is well, what is answered, and the body that is read.
ROUTES: dict[tuple[str, str], tuple[int, Any, type[msgspec.Struct] | None]] = {
    ("GET", "status"): (200, contract.Status, None),
    ("GET", "statistics"): (200, list[contract.Statistic], None),
    ("GET", "instruments"): (200, list[contract.Instrument], None),
    ("GET", "symbols"): (200, list[str], None),
    ("POST", "symbols"): (201, list[str], SymbolsBody),
    ("DELETE", "symbols/*"): (204, None, None),
    ("POST", "pairs"): (201, contract.PairName, PairBody),
    ("DELETE", "pairs/*/*"): (204, None, None),
    ("GET", "signals"): (200, list[contract.Signal], None),
    ("GET", "settings"): (200, contract.Settings, None),
    ("PUT", "settings"): (200, contract.Settings, SettingsBody),
    ("GET", "access/person"): (200, contract.Person, None),
    ("GET", "access/log"): (200, list[contract.AccessEntry], None),
    ("GET", "parameters"): (200, contract.Parameters, None),
    ("PUT", "parameters"): (200, contract.Parameters, ParametersBody),
    ("POST", "parameters/preview"): (200, contract.ParameterPreview, ParameterTrialBody),
    ("GET", "pair-tests"): (200, contract.PairTests, None),
    ("GET", "gaps"): (200, list[contract.Gap], None),
    ("GET", "completeness"): (200, list[contract.CompleteDay], None),
    ("GET", "rates"): (200, contract.RateHistory, None),
    ("GET", "storage"): (200, contract.Storage, None),
    ("GET", "sessions"): (200, contract.Sessions, None),
    ("POST", "jobs/integrity"): (201, contract.Job, contract.IntegrityBody),
    ("POST", "jobs/export"): (201, contract.Job, contract.ExportBody),
    ("POST", "jobs/replay-check"): (201, contract.Job, contract.ReplayCheckBody),
    ("POST", "backtests"): (201, contract.Job, contract.BacktestBody),
    ("POST", "backtests/check"): (200, contract.BacktestCheck, contract.BacktestBody),
    ("GET", "study-defaults"): (200, contract.StudyDefaults, None),
    ("POST", "jobs/study"): (201, contract.Job, contract.StudyBody),
    ("POST", "jobs/dropped-files"): (201, contract.Job, contract.FilesBody),
    ("GET", "dropped-files/*"): (200, contract.FilesReport, None),
    ("GET", "alerts"): (200, list[contract.Alert], None),
    ("GET", "alerts/rules"): (200, list[contract.Rule], None),
    ("POST", "alerts/rules"): (201, contract.WrittenRule, RuleBody),
    ("PUT", "alerts/rules/*"): (200, contract.WrittenRule, RuleBody),
    ("DELETE", "alerts/rules/*"): (204, None, None),
    ("POST", "alerts/rules/*/mute"): (200, contract.Rule, MuteBody),
    ("POST", "alerts/rules/*/acknowledge"): (200, contract.Rule, AcknowledgeBody),
    ("POST", "alerts/check"): (200, None, CheckBody),  # one of two, by its ``ok``
    ("POST", "alerts/preview"): (200, contract.Preview, RuleBody),
    ("GET", "alerts/vocabulary"): (200, list[contract.Term], None),
    ("GET", "alerts/presets"): (200, list[contract.Preset], None),
    ("GET", "alerts/scorecard"): (200, list[contract.Score], None),
    ("GET", "alerts/channels"): (200, list[contract.Channel], None),
    ("POST", "alerts/channels/*/test"): (200, contract.Tested, None),
    ("GET", "alerts/deliveries"): (200, list[contract.Delivery], None),
    ("GET", "jobs"): (200, list[contract.Job], None),
    ("GET", "jobs/*"): (200, contract.Job, None),
    ("POST", "jobs/*/cancel"): (200, contract.Job, None),
    ("DELETE", "jobs/*"): (204, None, None),
    ("POST", "jobs/scan/check"): (200, contract.ScanCheck, ScanBody),
    ("POST", "jobs/scan"): (201, contract.Job, ScanBody),
    ("POST", "alerts/deliveries/*/retry"): (200, contract.Delivery, None),
    ("GET", "paper/settings"): (200, list[contract.AccountSetting], None),
    ("GET", "paper/accounts"): (200, list[contract.PaperAccount], None),
    ("GET", "paper/accounts/*"): (200, contract.PaperAccount, None),
    ("PUT", "paper/accounts/*"): (200, contract.PaperAccount, contract.AccountBody),
    ("PUT", "paper/accounts/*/mode"): (200, contract.PaperAccount, contract.TradingModeBody),
    ("POST", "paper/accounts/*/kill"): (200, contract.PaperAccount, contract.ReasonBody),
    ("POST", "paper/accounts/*/reset"): (200, contract.PaperAccount, contract.ReasonBody),
    ("GET", "paper/accounts/*/risk"): (200, contract.RiskReport, None),
    ("POST", "paper/accounts/*/risk/what-if"): (200, contract.RiskReport, contract.WhatIfBody),
    ("GET", "paper/accounts/*/kills"): (200, list[contract.KillEvent], None),
    ("GET", "paper/accounts/*/setting-changes"): (200, list[contract.SettingChange], None),
    ("GET", "paper/accounts/*/limits"): (200, list[contract.TradingLimit], None),
    ("GET", "paper/accounts/*/ticket"): (200, contract.Ticket, None),
    ("POST", "paper/accounts/*/ticket/preview"): (200, contract.Ticket, contract.OpenTradeBody),
    ("GET", "paper/accounts/*/trades"): (200, list[contract.PaperTrade], None),
    ("POST", "paper/accounts/*/trades"): (200, contract.TradeDecision, contract.OpenTradeBody),
    ("POST", "paper/accounts/*/trades/close"): (200, contract.PaperAccount, contract.ReasonBody),
    ("GET", "paper/accounts/*/trades/closed"): (200, list[contract.PaperTrade], None),
    ("GET", "paper/accounts/*/statement"): (200, contract.Statement, None),
    ("GET", "paper/accounts/*/pairs"): (200, list[contract.PairResult], None),
    ("GET", "paper/accounts/*/trades/*"): (200, contract.PaperTrade, None),
    ("POST", "paper/accounts/*/trades/*/close"): (200, contract.PaperTrade, contract.CloseTradeBody),
    ("PUT", "paper/accounts/*/trades/*/comment"): (200, contract.PaperTrade, contract.CommentBody),
    ("GET", "paper/accounts/*/orders/history"): (200, list[contract.PaperOrder], None),
    ("GET", "paper/accounts/*/fills"): (200, list[contract.PaperFill], None),
    ("GET", "paper/accounts/*/ledger"): (200, list[contract.MoneyEntry], None),
    ("GET", "paper/accounts/*/decisions"): (200, list[contract.TradeDecision], None),
    ("POST", "paper/accounts/*/decisions/*"): (200, contract.TradeDecision, contract.AnswerBody),
    ("GET", "paper/accounts/*/equity"): (200, list[contract.EquityPoint], None),
    ("GET", "playable"): (200, contract.Playable, None),
    ("GET", "playbacks"): (200, list[contract.PlaybackRun], None),
    ("POST", "playbacks"): (201, contract.PlaybackRun, contract.PlaybackBody),
    ("DELETE", "playbacks/*"): (204, None, None),
    ("GET", "playback"): (200, contract.Playback, None),
    ("PUT", "playback"): (200, contract.Playback, contract.PlaybackCommand),
    ("GET", "playback/marks"): (200, list[contract.PlaybackMark], None),
}


class RefusalError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def found(method: str, parts: list[str]) -> tuple[int, Any, type[msgspec.Struct] | None]:
    """The route of an address. Raises ``RefusalError``."""
    for (own, path), route in ROUTES.items():
        pattern = path.split("/")
        if (
            own == method
            and len(pattern) == len(parts)
            and all(a in {"*", b} for a, b in zip(pattern, parts, strict=True))
        ):
            return route
    raise RefusalError(404, f"there is no /api/{'/'.join(parts)}")


def body_of(kind: type[msgspec.Struct] | None, raw: bytes) -> Any:
    """The body as the double works on it: what was given, once it is known to be one. Raises ``RefusalError``."""
    if kind is None:
        return None
    try:
        msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        raise RefusalError(400, str(error)) from None
    return json.loads(raw)


def struct_of(kind: Any, answer: Any) -> Any:
    """An answer as the contract has it. Fails where the two differ in any field."""
    if isinstance(answer, dict) and "ok" in answer and kind is None:
        kind = contract.CheckPassed if answer["ok"] else contract.CheckFailed
    made = msgspec.convert(json.loads(json.dumps(answer)), kind)
    told = json.loads(msgspec.json.encode(made))
    assert told == json.loads(json.dumps(answer)), (
        f"not of the contract: {set(map(str, _keys(answer))) - set(map(str, _keys(told)))}"
    )
    return made


def _keys(answer: Any) -> list[Any]:
    if isinstance(answer, list):
        return [key for each in answer for key in _keys(each)]
    if isinstance(answer, dict):
        return [*answer, *(key for each in answer.values() for key in _keys(each))]
    return []
