"""The rules that an exchange has for orders of an instrument, and their check."""

from __future__ import annotations

from dataclasses import dataclass

from spreadscope.model.instrument import DEFAULT_VENUE, Instrument, venue_of
from spreadscope.model.trading_states import Rule
from spreadscope.trading.fixed_point import notional, text, to_units

_PERPETUAL = "PERPETUAL"
#: What is assumed of a liquidation where the exchange does not say it: Binance's usual fee.
_LIQUIDATION_FEE = to_units("0.0125")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order or a trade is refused: the rule, the value that breaks it, and what is allowed."""

    rule: Rule
    value: str = ""
    allowed: str = ""

    def __str__(self) -> str:
        """Returns the refusal in words.

        >>> str(Refusal(Rule.MIN_NOTIONAL, "3.2", "at least 5"))
        'smallest notional: 3.2, allowed is at least 5'
        """
        value = f": {self.value}" if self.value else ""
        return f"{self.rule}{value}, allowed is {self.allowed}" if self.allowed else f"{self.rule}{value}"


@dataclass(frozen=True, slots=True)
class OrderRules:
    """The rules for orders of one instrument, in units of 1e-8; 0 stands for none.

    ``price_up`` and ``price_down`` bound the price of a limit order as multiples of the mark; ``take_bound`` is how far
    (a share) from the mark a market order may fill; ``liquidation_fee`` is a share of the notional.
    """

    symbol: str
    tick: int
    step: int
    market_step: int
    min_quantity: int
    max_quantity: int
    market_max_quantity: int
    min_notional: int
    price_up: int
    price_down: int
    take_bound: int
    liquidation_fee: int
    quote_asset: str
    perpetual: bool

    @classmethod
    def of(cls, instrument: Instrument) -> OrderRules | None:
        """Returns the rules of an instrument; None where its steps cannot be read."""
        tick, step = _read(instrument.tick_size), _read(instrument.step_size)
        if tick <= 0 or step <= 0:
            return None
        return cls(
            symbol=instrument.symbol,
            tick=tick,
            step=step,
            market_step=_read(instrument.market_step_size) or step,
            min_quantity=_read(instrument.min_quantity) or step,
            max_quantity=_read(instrument.max_quantity),
            market_max_quantity=_read(instrument.market_max_quantity),
            min_notional=_read(instrument.min_notional),
            price_up=_read(instrument.multiplier_up),
            price_down=_read(instrument.multiplier_down),
            take_bound=_read(instrument.market_take_bound),
            liquidation_fee=_read(instrument.liquidation_fee) or _LIQUIDATION_FEE,
            quote_asset=instrument.quote_asset,
            perpetual=instrument.contract_type == _PERPETUAL and venue_of(instrument.symbol) == DEFAULT_VENUE,
        )

    def order_step(self, *, market: bool) -> int:
        """Returns the step of the quantity of an order."""
        return max(self.step, self.market_step) if market else self.step

    def check(  # noqa: PLR0911 - one for each rule
        self, quantity: int, price: int, *, limit: int = 0, mark: int = 0, reduce_only: bool = False
    ) -> Refusal | None:
        """Returns what forbids an order of a signed quantity at about ``price``; ``limit`` is 0 for a market order.

        The smallest notional does not hold for orders that only reduce a position.
        """
        size, market = abs(quantity), not limit
        step = self.order_step(market=market)
        most = self.market_max_quantity if market else self.max_quantity
        if size == 0 or size % step:
            return Refusal(Rule.STEP_SIZE, text(size), f"a multiple of {text(step)}, above 0")
        if size < self.min_quantity:
            return Refusal(Rule.MIN_QUANTITY, text(size), f"at least {text(self.min_quantity)}")
        if most and size > most:
            return Refusal(Rule.MAX_QUANTITY, text(size), f"at most {text(most)}")
        if limit and limit % self.tick:
            return Refusal(Rule.TICK_SIZE, text(limit), f"a multiple of {text(self.tick)}")
        worth = notional(size, limit or price)
        if not reduce_only and worth < self.min_notional:
            return Refusal(Rule.MIN_NOTIONAL, text(worth), f"at least {text(self.min_notional)}")
        if limit and mark:
            highest = notional(mark, self.price_up) if self.price_up else 0
            lowest = notional(mark, self.price_down) if self.price_down else 0
            if quantity > 0 and highest and limit > highest:
                return Refusal(Rule.PERCENT_PRICE, text(limit), f"at most {text(highest)}")
            if quantity < 0 and lowest and limit < lowest:
                return Refusal(Rule.PERCENT_PRICE, text(limit), f"at least {text(lowest)}")
        return None

    def worst_price(self, quantity: int, mark: int) -> int:
        """Returns the worst price at which a market order may fill; 0 where there is no bound."""
        if not self.take_bound or not mark:
            return 0
        away = notional(mark, self.take_bound)
        return mark + away if quantity > 0 else max(self.tick, mark - away)


def _read(value: str | None) -> int:
    """Returns a decimal of the exchange in units; 0 for none, and for what cannot be read or is below 1e-8."""
    try:
        return max(0, to_units(value)) if value is not None else 0
    except (ValueError, ArithmeticError):
        return 0
