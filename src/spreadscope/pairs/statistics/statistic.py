"""The declaration of a statistic of a pair, from which its storage, its display and its use in rules are derived.

The row's columns and their migration, the export, the API's object and ``GET /api/statistics``, the names in rules, the
warm-up of the kernels, the documentation's table, and the cards, lines and legends of the page all read the registry
(``statistics.STATISTICS``).
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
    """What a statistic needs; without it the statistic has the reason instead of a number."""

    NOTHING = "nothing"
    ROWS = "enough joint rows in the hedge window"
    HEDGE = "a traded hedge ratio"


class Format(StrEnum):
    """A format in which the page writes a value."""

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
    """A colour of a line, by its name in the theme, which has a light and a dark version of each."""

    BLUE = "blue"
    VIOLET = "violet"
    YELLOW = "yellow"
    GREEN = "green"
    ORANGE = "orange"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Card:
    """A card that shows the statistic on the page.

    ``note`` is the text below the value: ``{key:format}`` is another statistic of the row, ``[...]`` is left out when
    one inside has no number, and the whole note when its first has none. ``order`` is its position: lower ones come
    first. ``alarm``: from this value on it is red, with ``alarm_note`` below it. ``thresholds``: coloured by entry and
    stop.
    """

    note: str = ""
    order: int = 100
    alarm: float | None = None
    alarm_note: str = ""
    thresholds: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the statistic in a pane of the chart; lines of one ``pane`` share it. ``title`` is the pane's, from its
    first line.

    ``low`` and ``high`` are always visible. ``bands``: (mean, standard deviation), statistics that are drawn as a band
    of the entry threshold around the line. ``thresholds``: entry, exit and stop are drawn. ``chosen``: drawn unless the
    user hides it; the others are drawn when the user chooses them.
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
class RuleTerm:
    """The name of a statistic in alert rules: ``name`` (empty: its key), ``also`` (other spellings), an example rule,
    and ``words``, its name in sentences."""

    meaning: str
    example: str
    name: str = ""
    also: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A statistic of a pair. ``compute`` returns its value from the row's context; ``source`` says where the definition
    is from.

    ``online`` is the estimator whose state it reads. ``compares`` names the hedge model that it is about: when that
    model is traded the page need not show it twice. ``only_with`` names the hedge model without which the card is not
    shown. ``names_hedge``: the label says which hedge model is traded.
    """

    key: str
    label: str
    help: str
    source: str
    measure: Measure
    format: Format
    compute: Callable[[RowContext], Value]
    need: Need = Need.HEDGE
    online: OnlineSource | None = None
    card: Card | None = None
    line: Line | None = None
    rule: RuleTerm | None = None
    compares: HedgeName | None = None
    only_with: HedgeName | None = None
    names_hedge: bool = field(default=False)
