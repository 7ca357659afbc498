"""What earlier versions wrote, translated for this one."""

from __future__ import annotations

from typing import NamedTuple

from spreadscope.model.states import Action, Cause


class Change(NamedTuple):
    """By how much a statistic may differ from what an earlier version stored. ``may_vanish``: one may be undefined."""

    why: str
    relative: float = 0.0
    absolute: float = 0.0
    may_vanish: bool = False


_FEW_ROWS = "a test needs as many rows as its regression can carry"
_KALMAN = Change(
    "both off-diagonal entries of the filter's variance are kept as one number", relative=1e-6, absolute=5e-3
)
#: Definitions that were changed since sessions were hashed over every field (``sessions.digest`` = 1).
CHANGED_SINCE_1: dict[str, Change] = {
    "eg_p": Change(
        f"T of the finite-sample p-value counts the rows of the regression, and {_FEW_ROWS}",
        absolute=0.02,
        may_vanish=True,
    ),
    "eg_stat": Change(_FEW_ROWS, may_vanish=True),
    "adf_p": Change(_FEW_ROWS, absolute=0.02, may_vanish=True),
    "adf_stat": Change(_FEW_ROWS, may_vanish=True),
    **dict.fromkeys(
        ("kalman_beta", "kalman_alpha", "kalman_spread", "kalman_z", "kalman_sd_z", "kalman_ljung_box_p"), _KALMAN
    ),
}


def cause_of_sentence(action: Action, sentence: str) -> Cause:
    """Returns the cause of a signal from its sentence: before version 10 of the tables only the sentence was stored.

    >>> cause_of_sentence(Action.EXIT, "stop: z +4.20 beyond +4").value
    'stop'
    """
    if action is not Action.EXIT:
        return Cause.ENTRY
    if sentence.startswith("stop:"):
        return Cause.STOP
    if sentence == "time stop":
        return Cause.TIME_STOP
    return Cause.PAIR_REMOVED if sentence == "the pair is followed no more" else Cause.BACK_INSIDE


#: Journals of format 1 named entries after the classes that wrote them.
TAGS_OF_FORMAT_1 = {
    "Quote": "quote",
    "MarketTime": "market time",
    "Settle": "settle",
    "History": "history",
    "WatchSymbol": "watch symbol",
    "DropSymbol": "drop symbol",
    "WatchPair": "watch pair",
    "DropPair": "drop pair",
    "TradingStatus": "trading status",
    "UpstreamHole": "upstream hole",
    "Mark": "mark",
    "StreamLag": "stream lag",
    "SetRule": "set rule",
    "DropRule": "drop rule",
    "MuteRule": "mute rule",
    "AcknowledgeAlert": "acknowledge alert",
    "ResumeRule": "resume rule",
    "ResumePosition": "resume position",
    "ResumePair": "resume pair",
    "HeldTrades": "stored trades",
    "_Columns": "trades",
    "_Tape": "resume tape",
}
