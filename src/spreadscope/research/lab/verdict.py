"""The verdict of a study in plain words, with its reasons. It is no score: a trader must be able to disagree."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from spreadscope.contract.lab import LegStudy, Verdict
from spreadscope.model.config import AnalyticsConfig
from spreadscope.model.validity import Value
from spreadscope.research.lab.tie import LEVEL, Tie

# A test of a range finds a tie in four of five pairs where the range is this many half-lives long (decision 15).
_ENOUGH_HALF_LIVES = 50
_WIDE = 0.2  # of β: a hedge that may be a fifth off leaves a fifth of the market's moves in the spread
_FEW_HALF_LIVES_IN_WINDOW = 4
_MANY_MISSING = 0.1
_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0


class Findings(msgspec.Struct, frozen=True):
    """What one set of parameters found, for its verdict.

    ``session_tied``: what the looks of a live session would say at the end (None: no look yet).
    """

    analytics: AnalyticsConfig
    session_tied: bool | None
    session_p: Value
    looks: int
    beta_low: float | None
    beta_high: float | None
    break_even: Value
    fee: float
    trades: int


def verdict_of(tie: Tie, legs: tuple[LegStudy, LegStudy], found: Findings) -> Verdict:
    """Returns the verdict on one set of parameters."""
    reasons = [*_evidence(tie, found), *_half_life(tie, found), *_hedge(tie, found), *_legs(legs), *_money(found)]
    if tie.p.value is None:
        return Verdict(text=f"Whether the legs are tied cannot be judged: {tie.p.reason}.", tied=None, reasons=reasons)
    p = _probability(tie.p.value)
    if tie.p.value >= LEVEL:
        text = f"Not cointegrated in this range as far as can be seen: p {p}."
        return Verdict(text=text, tied=False, reasons=reasons)
    pegged = any(_is_stationary(leg) for leg in legs)
    text = f"The legs are tied in this range: p {p}."
    if pegged:
        text = f"The test calls the legs tied (p {p}), but one of them goes back to a level by itself."
    return Verdict(text=text, tied=not pegged, reasons=reasons)


def _evidence(tie: Tie, found: Findings) -> Iterator[str]:
    if found.session_tied is None:
        rows = found.analytics.evidence_rows(int(tie.seconds * 1000))
        yield (
            f"A live session over this range would not have judged it yet: its first look comes after {rows // 4} rows"
            f" with both legs, and there are {tie.rows}."
        )
    elif found.session_p.value is not None:
        verdict = "would call it tied" if found.session_tied else "would not call it tied"
        yield (
            f"A live session over this range {verdict} at its end: p {_probability(found.session_p.value)} after"
            f" {_count(found.looks, 'look')}."
        )


def _half_life(tie: Tie, found: Findings) -> Iterator[str]:
    length = tie.rows * tie.seconds
    if tie.half_life.value is None or tie.half_life.value <= 0.0:
        yield "No half-life can be told from a random walk here: wait for a longer range."
        return
    lives = length / tie.half_life.value
    low, high = tie.low.value, tie.high.value
    interval = "" if low is None else f" (at least {duration(low)}, "
    if interval:
        interval += f"at most {duration(high)})" if high is not None else "with no upper end: it may be a random walk)"
    short = (
        f"; a test finds most ties only from about {_ENOUGH_HALF_LIVES} on: look at a longer range"
        if lives < _ENOUGH_HALF_LIVES
        else ""
    )
    yield f"The range is {_number(lives)} half-lives long; one is {duration(tie.half_life.value)}{interval}{short}."
    window = found.analytics.hedge_window * tie.seconds / tie.half_life.value
    if window < _FEW_HALF_LIVES_IN_WINDOW:
        yield (
            f"The hedge window of {found.analytics.hedge_window} rows is {_number(window)} half-lives long: β follows"
            " the spread and takes away the move that one wants to trade."
        )


def _hedge(tie: Tie, found: Findings) -> Iterator[str]:
    if tie.uncertainty.value is not None:
        certain = "" if tie.uncertainty.value <= _WIDE else ": what looks like a spread may be the market"
        yield f"β of the range is uncertain by {_percent(tie.uncertainty.value)}{certain}."
    elif tie.beta.value is not None:
        yield f"How certain β is cannot be said: {tie.uncertainty.reason}."
    if found.beta_low is not None and found.beta_high is not None:
        yield (f"β of the hedge window was between {found.beta_low:.3g} and {found.beta_high:.3g} in nine of ten rows.")
    if tie.beta.value is not None and tie.beta.value <= 0.0:
        yield "β is not above 0: both legs would be bought or sold together, which is no hedge."


def _legs(legs: tuple[LegStudy, LegStudy]) -> Iterator[str]:
    for leg in legs:
        missing = figure(leg, "missing")
        if missing.value is not None and missing.value > _MANY_MISSING:
            yield f"{leg.symbol} has no bar in {_percent(missing.value)} of the rows."
        if _is_stationary(leg):
            p = figure(leg, "adf_p").value
            yield (
                f"{leg.symbol} goes back to a level by itself (p {_probability(p or 0.0)}), as a pegged coin does:"
                " a tie with it says nothing of the other leg."
            )


def _money(found: Findings) -> Iterator[str]:
    if found.trades == 0:
        yield "There was no round trip: the thresholds were not reached, or too late to trade."
        return
    edge = found.break_even.value
    if edge is None:
        return
    trips = _count(found.trades, "round trip")
    if edge <= 0.0:
        yield f"{trips} lost before any fee."
        return
    compared = "more" if edge > found.fee else "less"
    yield (
        f"{trips} would have earned nothing at a fee of {edge * 1e4:.2f} bp a fill: {compared} than the"
        f" {found.fee * 1e4:g} bp that you gave; the difference of bid and ask is not in it."
    )


def figure(leg: LegStudy, key: str) -> Value:
    """Returns a figure of a leg."""
    return next(each.value for each in leg.figures if each.key == key)


def _is_stationary(leg: LegStudy) -> bool:
    p = figure(leg, "adf_p").value
    return (
        p is not None and p < LEVEL / 5
    )  # one in a hundred: two legs are looked at, and a spread is not doubted easily


def duration(seconds: float) -> str:
    """Returns a time in the unit that fits.

    >>> [duration(seconds) for seconds in (42.0, 600.0, 9_000.0, 400_000.0)]
    ['42 s', '10 min', '2.5 h', '4.6 days']
    """
    for unit, name in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{_number(seconds / unit)} {name}"
    return f"{_number(seconds)} s"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.1 else f"{100 * share:.2g}%"


def _probability(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
