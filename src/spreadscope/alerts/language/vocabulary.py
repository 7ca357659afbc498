"""The vocabulary of rules: every name, with its meaning, its unit and its spellings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from spreadscope.alerts.subjects import (
    PAPER_SUBJECTS,
    POSITION_SUBJECTS,
    SYMBOL_SUBJECTS,
    PaperSubject,
    PositionSubject,
)
from spreadscope.model.measure import Measure
from spreadscope.model.states import TermKind
from spreadscope.pairs.statistics import STATISTICS, Statistic


class Term(msgspec.Struct, frozen=True):
    """A name in the rule language. ``field`` is the key of the statistic it stands for; ``also`` are other
    spellings."""

    name: str
    kind: TermKind
    unit: str
    meaning: str
    example: str
    field: str = ""
    also: tuple[str, ...] = ()


_FUNCTION, _WORD = TermKind.FUNCTION, TermKind.WORD


def _statistic_terms() -> Iterator[tuple[Term, Statistic]]:
    """Yields the statistics that rules can name: those with a card first, in the order of the page."""
    for statistic in sorted(STATISTICS.values(), key=lambda subject: subject.card.order if subject.card else math.inf):
        if (rule := statistic.rule) is not None:
            name, unit = rule.name or statistic.key, statistic.measure.unit
            yield Term(name, TermKind.PAIR, unit, rule.meaning, rule.example, statistic.key, rule.also), statistic


_STATISTICS = tuple(_statistic_terms())
_OF_POSITIONS: tuple[PositionSubject | PaperSubject, ...] = (*POSITION_SUBJECTS.values(), *PAPER_SUBJECTS.values())

SUBJECTS: dict[str, Term] = {
    term.name: term
    for term in (
        *(term for term, _ in _STATISTICS),
        *(
            Term(subject.name, TermKind.PAIR, subject.measure.unit, subject.meaning, subject.example)
            for subject in _OF_POSITIONS
        ),
        *(
            Term(
                subject.name, TermKind.SYMBOL, subject.measure.unit, subject.meaning, subject.example, also=subject.also
            )
            for subject in SYMBOL_SUBJECTS.values()
        ),
    )
}

#: The measure of each subject.
MEASURES: dict[str, Measure] = {
    **{term.name: statistic.measure for term, statistic in _STATISTICS},
    **{subject.name: subject.measure for subject in _OF_POSITIONS},
    **{subject.name: subject.measure for subject in SYMBOL_SUBJECTS.values()},
}

#: The name of a subject in sentences, if it differs from its name in rules.
SENTENCE_NAMES: dict[str, str] = {
    **{term.name: statistic.rule.words for term, statistic in _STATISTICS if statistic.rule and statistic.rule.words},
    **{subject.name: subject.words for subject in SYMBOL_SUBJECTS.values() if subject.words},
    **{subject.name: subject.words for subject in PAPER_SUBJECTS.values()},
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

# Each leg of a pair has its own number; a rule about the pair reads that of the worse leg.
WORSE_LEG_SUBJECTS = frozenset(subject.name for subject in SYMBOL_SUBJECTS.values() if subject.worse_leg)
# Subjects that change with the market's clock and not with a bar.
CLOCK_SUBJECTS = WORSE_LEG_SUBJECTS


def spellings() -> dict[str, str]:
    """Returns the subject's name (``z``) by each of its normalised spellings (``zscore``)."""
    return {normalise(text): term.name for term in SUBJECTS.values() for text in (term.name, *term.also)}


def normalise(text: str) -> str:
    """Returns a spelling in lower case without separators."""
    return "".join(character for character in text.lower() if character not in " \t\r\n_-.")
