"""What a statistic of a pair is: one frozen declaration, from which everything that shows, stores or judges it is derived.

The row's columns and their migration, the export, the API's object and ``GET /api/statistics``, the words of rules, the kernels'
warm-up, the documentation's table, and the cards, lines and legends of the page all read the registry (``statistics.STATISTICS``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from spreadscope.model.hedge import HedgeName
from spreadscope.model.measure import Measure
from spreadscope.model.validity import Value
from spreadscope.pairs.row import OnlineSource, RowContext


class Need(StrEnum):
    """What must be there before a statistic is asked: else it has the reason why that is not."""

    NOTHING = "nothing"
    ROWS = "enough joint rows in the hedge window"
    HEDGE = "a traded hedge ratio"


class Format(StrEnum):
    """How a value is written on the screen."""

    TWO = "fixed:2"
    FOUR = "fixed:4"
    SIGNED_TWO = "signed:2"
    SIGNED_THREE = "signed:3"
    SIGNED_FOUR = "signed:4"
    SIGNED_SIX = "signed:6"
    BASIS_POINTS = "bp"
    PROBABILITY = "p"
    PERCENT = "percent"
    WHOLE = "fixed:0"
    YES = "yes"
    DURATION = "duration"


class Colour(StrEnum):
    """Colours of a line: names of the theme, which has each in light and dark."""

    BLUE = "blue"
    VIOLET = "violet"
    YELLOW = "yellow"
    GREEN = "green"
    ORANGE = "orange"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Card:
    """A figure in the strip. ``note`` stands below it: ``{key:format}`` is another statistic of the row, ``[...]`` is left out where
    one inside has no number, and the whole note where its first has none.

    ``order`` is its place in the strip: lower ones come first. ``alarm``: from this value on it is red, with ``alarm_note`` below it. ``thresholds``: coloured by entry and stop.
    """

    note: str = ""
    order: int = 100
    alarm: float | None = None
    alarm_note: str = ""
    thresholds: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line in a pane of the chart; lines of one ``pane`` lie over each other. ``title`` heads the pane where this is its first.

    ``low`` and ``high`` stay in sight. ``bands``: (mean, standard deviation), statistics that are drawn as a band of the entry
    threshold around the line. ``thresholds``: entry, exit and stop are drawn. ``chosen``: drawn unless somebody hides it; the
    others are drawn once somebody asks for them.
    """

    pane: str
    title: str
    colour: Colour
    low: float | None = None
    high: float | None = None
    bands: tuple[str, str] | None = None
    thresholds: bool = False
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class InRules:
    """How a rule names a statistic: ``name`` (its key, where this is empty), other spellings, a rule as an example; ``words`` is what
    sentences call it."""

    meaning: str
    example: str
    name: str = ""
    also: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One statistic of a pair. ``of`` makes its value from the row's context; ``source`` says where the definition is from.

    ``online`` is the estimator whose state it reads. ``compares`` names the hedge model that it is about: where that one is traded
    the page need not show it twice; ``only_with`` names the one without which its card says nothing. ``names_hedge``: the label says which hedge model is traded.
    """

    key: str
    label: str
    help: str
    source: str
    measure: Measure
    format: Format
    of: Callable[[RowContext], Value]
    need: Need = Need.HEDGE
    online: OnlineSource | None = None
    card: Card | None = None
    line: Line | None = None
    rule: InRules | None = None
    compares: HedgeName | None = None
    only_with: HedgeName | None = None
    names_hedge: bool = field(default=False)
