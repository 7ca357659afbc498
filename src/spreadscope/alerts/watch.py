"""The life of one rule: inactive, firing, or without data. Only changes are facts."""

from __future__ import annotations

from spreadscope.alerts.rule import RuleError, parse
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, AlertState, PairRow


class RuleWatch:
    """One rule over one subject at one timeframe."""

    def __init__(self, definition: SetRule) -> None:
        self.definition = definition
        self.rule = parse(definition.text)
        if self.rule.of_symbol != (definition.pair is None):
            of = "symbol" if self.rule.of_symbol else "pair"
            raise RuleError(f"the rule {definition.text!r} is about a {of}: name one", position=0)
        self.state = AlertState.INACTIVE
        self.value: float | None = None

    @property
    def subject(self) -> str:
        return str(self.definition.pair) if self.definition.pair is not None else self.definition.symbol or ""

    def on_row(self, row: PairRow) -> Alert | None:
        """A new row of the rule's pair and timeframe."""
        return self._observe(getattr(row, self.rule.field).value, row.time)

    def on_price(self, price: float, time: int) -> Alert | None:
        """A new price of the rule's symbol."""
        return self._observe(price, time)

    def _observe(self, value: float | None, time: int) -> Alert | None:
        self.value = value
        if value is None:
            state = AlertState.NO_DATA
        else:
            state = AlertState.FIRING if self.rule.holds(value) else AlertState.INACTIVE
        if state is self.state:
            return None
        # Going quiet while there is no data, and coming back from it, is not news; firing and its end are.
        news = AlertState.FIRING in {state, self.state}
        self.state = state
        if not news:
            return None
        definition = self.definition
        return Alert(
            definition.rule_id,
            definition.text,
            self.subject,
            definition.timeframe,
            time,
            state,
            value,
            self.rule.threshold,
        )
