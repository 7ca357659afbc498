"""The names a rule may use: what each of them means, its unit, and how it may be written."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from spreadscope.alerts.subjects import POSITION_SUBJECTS, SYMBOL_SUBJECTS
from spreadscope.model.measure import Measure
from spreadscope.model.states import TermKind
from spreadscope.pairs.statistics import STATISTICS, Statistic


class Term(msgspec.Struct, frozen=True):
    """One name. ``field`` is the statistic of a pair row it stands for; ``also`` are other spellings, in words."""

    name: str
    kind: TermKind
    unit: str
    meaning: str
    example: str
    field: str = ""
    also: tuple[str, ...] = ()


_FUNCTION, _WORD = TermKind.FUNCTION, TermKind.WORD


def _of_statistics() -> Iterator[tuple[Term, Statistic]]:
    """Those of the screen first, in its order: what is offered first is what most want."""
    for statistic in sorted(STATISTICS.values(), key=lambda each: each.card.order if each.card else math.inf):
        if (rule := statistic.rule) is not None:
            name, unit = rule.name or statistic.key, statistic.measure.unit
            yield Term(name, TermKind.PAIR, unit, rule.meaning, rule.example, statistic.key, rule.also), statistic


_STATISTICS = tuple(_of_statistics())

SUBJECTS: dict[str, Term] = {
    term.name: term
    for term in (
        *(term for term, _ in _STATISTICS),
        *(
            Term(each.name, TermKind.PAIR, each.measure.unit, each.meaning, each.example)
            for each in POSITION_SUBJECTS.values()
        ),
        *(
            Term(each.name, TermKind.SYMBOL, each.measure.unit, each.meaning, each.example, also=each.also)
            for each in SYMBOL_SUBJECTS.values()
        ),
    )
}

#: What each subject is counted in.
MEASURES: dict[str, Measure] = {
    **{term.name: statistic.measure for term, statistic in _STATISTICS},
    **{each.name: each.measure for each in POSITION_SUBJECTS.values()},
    **{each.name: each.measure for each in SYMBOL_SUBJECTS.values()},
}

#: What sentences call a subject, where that is not its name.
CALLED: dict[str, str] = {
    **{term.name: statistic.rule.words for term, statistic in _STATISTICS if statistic.rule and statistic.rule.words},
    **{each.name: each.words for each in SYMBOL_SUBJECTS.values() if each.words},
}

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
FUNCTIONS = tuple(term.name for term in WORDS if term.kind is TermKind.FUNCTION)
VOCABULARY: tuple[Term, ...] = (*SUBJECTS.values(), *WORDS)

# The legs of a pair have each their own; of the pair the worse one is meant.
WORSE_LEG = frozenset(each.name for each in SYMBOL_SUBJECTS.values() if each.of_pair)
# What moves with the market's clock and not with a bar.
CLOCKED = WORSE_LEG


def spellings() -> dict[str, str]:
    """Every way to write a subject, squeezed (``zscore``), and its name (``z``)."""
    return {squeeze(text): term.name for term in SUBJECTS.values() for text in (term.name, *term.also)}


def squeeze(text: str) -> str:
    """A spelling without case and separators."""
    return "".join(character for character in text.lower() if character not in " \t\r\n_-.")
