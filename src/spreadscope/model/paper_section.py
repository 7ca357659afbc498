"""The section ``[paper]`` of the configuration file: the settings that a new paper account begins with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spreadscope.model.sections import Section
from spreadscope.model.trading import AccountSettings
from spreadscope.model.trading_states import Execution, Messages, Repair

_Percent = Annotated[float, Field(ge=0, le=100)]


class PaperConfig(Section):
    """The settings of a new paper account; each account then has its own. Limits of 0 are off."""

    cash: Annotated[float, Field(gt=0, le=1e8)] = 10_000.0
    """USDT that a paper account begins with; paid in once, when it is opened."""
    notional: Annotated[float, Field(gt=0, lt=1e9)] = 1_000.0
    """USDT of leg y of a trade, where the ticket does not say another size."""
    execution: Execution = Execution.BOTH_MARKET
    """How the legs are sent: `both at market`, or `passive, then market`: the one with the wider spread as a limit
    order, whose every fill is hedged at market."""
    repair: Repair = Repair.HEDGE
    """What is tried first when one leg is filled and the other is not: `hedge` (send the other again) or `unwind`
    (close what is held)."""
    maker_fee_bps: Annotated[float, Field(ge=-5, le=100)] = 2.0
    """Fee of a fill that made liquidity, in basis points of its notional."""
    taker_fee_bps: Annotated[float, Field(ge=0, le=100)] = 5.0
    """Fee of a fill that took liquidity, in basis points of its notional."""
    latency_ms: Annotated[int, Field(ge=0, le=5_000)] = 50
    """Time from the decision until an order is at the exchange: it fills by the quotes of then."""
    patience_ms: Annotated[int, Field(ge=100, le=600_000)] = 5_000
    """How long a limit order waits before it is sent anew at the best price of then; in the end at market."""
    repair_deadline_ms: Annotated[int, Field(ge=100, le=600_000)] = 5_000
    """How long a missing leg is sent again before what is held is closed."""
    max_quote_age_ms: Annotated[int, Field(ge=100, le=60_000)] = 2_000
    """Age of a quote beyond which no order is filled by it."""
    ask_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    """How long a signal waits for an answer where the pair's mode is `ask me`."""
    impact_factor: Annotated[float, Field(ge=0, le=100)] = 2.0
    """Multiplies the measured impact curve, which a market order pays for what is not displayed at best."""
    assumed_top_notional: Annotated[float, Field(gt=0, le=1e9)] = 5_000.0
    """USDT that are taken to be displayed at best where the market does not say it."""
    maintenance_rate: Annotated[float, Field(ge=0, le=0.5)] = 0.025
    """Maintenance margin as a share of the notional: below it the account is liquidated."""
    max_leverage: Annotated[float, Field(ge=0, le=125)] = 3.0
    """Largest gross notional as a multiple of equity (0: no limit)."""
    max_trades: Annotated[int, Field(ge=0, le=1_000)] = 20
    """Most open pair trades (0: no limit)."""
    max_symbol_share: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Largest position in one symbol, in percent of equity (0: no limit)."""
    max_imbalance_percent: _Percent = 2.0
    """How far the legs that were filled may be from their ratio before the missing part is sent."""
    daily_loss_percent: _Percent = 5.0
    """Loss since 0 h UTC, in percent of the equity of then, that pulls the kill switch (0: no limit)."""
    drawdown_percent: _Percent = 20.0
    """Loss since the highest equity, in percent of it, that pulls the kill switch (0: no limit)."""
    margin_percent: _Percent = 80.0
    """Maintenance margin in percent of equity that pulls the kill switch (0: no limit)."""
    kill_flattens: bool = True
    """The kill switch closes what is open; with `false` it only stops new trades."""
    messages: Messages = Messages.PROBLEMS
    """What is sent to the channels of alerts and to the screen: `problems` (a leg is missing, a trade has failed, a
    signal waits for an answer, the kill switch was pulled), `all` (trades that open and close, and refusals, too), or
    `none`."""

    def account_settings(self) -> AccountSettings:
        """Returns the settings as an account keeps them."""
        return AccountSettings(**dict(self))
