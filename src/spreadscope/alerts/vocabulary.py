"""The names a rule may use: what each of them means, its unit, and how it may be written."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a name is of, or what it does."""

    PAIR = "pair"
    SYMBOL = "symbol"
    FUNCTION = "function"
    WORD = "word"


class Term(msgspec.Struct, frozen=True):
    """One name. ``field`` is the statistic of a pair row it stands for; ``also`` are other spellings, in words."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    example: str
    field: str = ""
    also: tuple[str, ...] = ()


_PAIR, _SYMBOL, _FUNCTION, _WORD = Kind.PAIR, Kind.SYMBOL, Kind.FUNCTION, Kind.WORD

SUBJECTS: dict[str, Term] = {
    term.name: term
    for term in (
        Term("z", _PAIR, "", "the spread in standard deviations from its mean", "abs(z) > 2", "z", ("z score",)),
        Term("spread", _PAIR, "", "ln Y − β ln X − α; 25bp is 0.0025", "spread < -25bp", "spread"),
        Term("beta", _PAIR, "", "the hedge ratio β", "beta < 0", "beta", ("hedge ratio",)),
        Term(
            "corr", _PAIR, "", "correlation of the legs' returns", "corr < 0.5 for 5m", "correlation", ("correlation",)
        ),
        Term(
            "adf_p", _PAIR, "", "p of the ADF test, β of the window before", "adf_p > 0.05 for 10m", "adf_p", ("adf",)
        ),
        Term(
            "coint_p", _PAIR, "", "p of the cointegration test (small: cointegrated)", "coint_p > 0.1 for 10m", "eg_p",
            ("coint", "cointegration p", "eg p"),
        ),
        Term("half_life", _PAIR, "s", "time in which half of a deviation goes back", "half_life > 600", "half_life"),
        Term("kalman_z", _PAIR, "", "z of the Kalman filter", "abs(kalman_z) > 3", "kalman_z"),
        Term("r_squared", _PAIR, "", "R² of the hedge regression", "r_squared < 0.5", "r_squared", ("r2",)),
        Term(
            "breakdown", _PAIR, "", "excursion of the frozen spread; 1: the pair has come apart", "breakdown >= 1",
            "breakdown",
        ),
        Term("spread_sd", _PAIR, "", "standard deviation of the spread", "spread_sd > 0.002", "spread_sd"),
        Term("pnl", _PAIR, "%", "unrealised gain of the open signal position, of one leg's notional", "pnl < -1"),
        Term("drawdown", _PAIR, "%", "how far pnl is below its best", "drawdown > 0.5"),
        Term("price", _SYMBOL, "", "last trade of the bar", "price(BTCUSDT) > 90000"),
        Term("volume", _SYMBOL, "", "traded quantity of the bar", "volume > 5 * mean(volume, 1h)"),
        Term("trades", _SYMBOL, "", "number of trades of the bar", "trades > 1000"),
        Term(
            "funding", _SYMBOL, "%", "funding rate of the running period", "funding crosses below 0",
            also=("funding rate",),
        ),
        Term("age", _SYMBOL, "s", "time since the last trade; of a pair: of the older leg", "age > 30"),
        Term("lag", _SYMBOL, "ms", "how late trades come; of a pair: the worse leg", "lag > 2000 for 30s"),
        Term("gap", _SYMBOL, "", "trades missing from the tape; of a pair: the worse leg", "gap > 0 for 1m"),
        Term("return", _SYMBOL, "%", "log return of the bar", "abs(return) > 0.5% on 1m"),
    )
}  # fmt: skip

WORDS: tuple[Term, ...] = (
    Term("abs", _FUNCTION, "", "the value without its sign; |z| says the same", "abs(z) > 2"),
    Term("change", _FUNCTION, "", "now less so long ago", "change(price(BTCUSDT), 5m) < -500"),
    Term("mean", _FUNCTION, "", "mean over the time before now", "volume > 5 * mean(volume, 1h)"),
    Term("sd", _FUNCTION, "", "standard deviation over the time before now", "abs(return) > 4 * sd(return, 1h)"),
    Term("highest", _FUNCTION, "", "the highest of the time before now", "z >= highest(z, 30m)"),
    Term("lowest", _FUNCTION, "", "the lowest of the time before now", "corr <= lowest(corr, 1h)"),
    Term("and", _WORD, "", "both hold", "z > 2 and corr > 0.8"),
    Term("or", _WORD, "", "one of them holds", "z > 3 or z < -3"),
    Term("not", _WORD, "", "it does not hold", "z > 2 and not coint_p > 0.05"),
    Term("crosses above", _WORD, "", "was at or below and is above", "z crosses above 2"),
    Term("crosses below", _WORD, "", "was at or above and is below", "funding crosses below 0"),
    Term("for", _WORD, "", "it has held so long: 30s, 5m, 1h, or so many bars", "z > 2 for 30s"),
    Term("on", _WORD, "", "the bars it is judged at: 1s, 1m or 5m", "corr < 0.5 on 1m"),
    Term("any pair", _WORD, "", "every pair, each on its own", "z(any pair) > 3"),
    Term("any symbol", _WORD, "", "every symbol, each on its own", "age(any symbol) > 60"),
)
FUNCTIONS = tuple(term.name for term in WORDS if term.kind is Kind.FUNCTION)
VOCABULARY: tuple[Term, ...] = (*SUBJECTS.values(), *WORDS)

# The legs of a pair have each their own; of the pair the worse one is meant.
WORSE_LEG = frozenset({"age", "lag", "gap"})
# What moves with the market's clock and not with a bar.
CLOCKED = WORSE_LEG
ANY_PAIR, ANY_SYMBOL = "any pair", "any symbol"


def spellings() -> dict[str, str]:
    """Every way to write a subject, squeezed (``zscore``), and its name (``z``)."""
    return {squeeze(text): term.name for term in SUBJECTS.values() for text in (term.name, *term.also)}


def squeeze(text: str) -> str:
    """A spelling without case and separators."""
    return "".join(character for character in text.lower() if character not in " \t\r\n_-.")
