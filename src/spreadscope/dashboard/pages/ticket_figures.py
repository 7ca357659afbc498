"""The figures of a ticket as one table of HTML, and what speaks against sending it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from spreadscope.contract import OpenTradeBody, SpreadMeasure, Ticket, TicketCost, TicketLeg
from spreadscope.dashboard.figures import NO_VALUE, decimals_of, fixed_text
from spreadscope.dashboard.text import duration_text

OLD_MS = 1_000
"""From this age (ms) on a quote is marked as old."""


def legs_text(ticket: Ticket) -> str:
    """Returns what is bought and what is sold."""
    return ", ".join(_does(leg, side) for leg, side in ((ticket.y, ticket.side), (ticket.x, -ticket.side)))


def _does(leg: TicketLeg, side: int) -> str:
    bought = leg.quantity > 0 if leg.quantity else side > 0
    size = "" if leg.quantity is None else f"{_size(abs(leg.quantity))} "
    return f"{'buys' if bought else 'sells'} {size}{leg.symbol}"


def warnings(ticket: Ticket, body: OpenTradeBody) -> list[str]:
    """Returns what speaks against the ticket, as sentences."""
    z, break_even = ticket.executable_z, ticket.break_even_z
    measure, level = _level(body)
    if z is None or (level is not None and measure is SpreadMeasure.RATIO):
        return []
    found = []
    if level is not None and ticket.side * z <= ticket.side * level:
        found.append(
            "z can be had there already: it would be sent at once."
            if body.limit_z is not None
            else "z can be had there already: the first slice would be sent at once."
        )
    elif level is not None:
        z = level  # what speaks against it then is what counts
    distance = -ticket.side * z
    if distance <= 0:
        found.append("z is on the other side of its mean: this trade gains when z goes further away from it.")
    elif break_even is not None and distance < break_even:
        found.append(
            f"The whole way back to the mean, from z {fixed_text(z, 2, sign=True)}, does not pay the costs: it would "
            f"from |z| {fixed_text(break_even, 2)} on."
        )
    if body.stop is not None and distance >= body.stop:
        found.append("z is beyond the stop already: the trade would be closed at once.")
    if body.take_profit is not None and distance <= body.take_profit:
        found.append("z is inside the take profit already: the trade would be closed at once.")
    return found


def _level(body: OpenTradeBody) -> tuple[SpreadMeasure, float | None]:
    """Returns the level at which the first of a ticket is sent; None where it waits for none."""
    if body.ladder is not None:
        return body.ladder.measure, body.ladder.first
    if body.twap is not None:
        return body.twap.measure, body.twap.limit
    return SpreadMeasure.Z, body.limit_z


def way_text(body: OpenTradeBody) -> str:
    """Returns how a ticket is sent."""
    how = str(body.execution or "")
    if body.ladder is not None:
        ladder = body.ladder
        levels = " to ".join(fixed_text(each, decimals_of([each])) for each in (ladder.first, ladder.last))
        return f"{how}, as a ladder of {ladder.rungs} rungs from {ladder.measure} {levels}"
    if body.twap is not None:
        return f"{how}, as a TWAP of {body.twap.slices} slices over {body.twap.minutes} min"
    return how


def html(ticket: Ticket) -> str:
    """Returns both legs, z, the costs and the account afterwards. Every text is escaped."""
    return f'<div class="ticket">{_legs(ticket)}{_levels(ticket)}{_costs(ticket)}{_after(ticket)}</div>'


def _legs(ticket: Ticket) -> str:
    rows = [
        [
            _does(leg, side), _price(leg.bid, leg), _price(leg.ask, leg), _shown_size(leg.bid_size),
            _shown_size(leg.ask_size), _age(leg.age_ms), _signed(leg.quantity),
            NO_VALUE if leg.notional is None else fixed_text(leg.notional, 2, sign=True),
        ]
        for leg, side in ((ticket.y, ticket.side), (ticket.x, -ticket.side))
    ]  # fmt: skip
    heads = ["Leg", "Bid", "Ask", "Bid size", "Ask size", "Age of quote", "Quantity", "Notional, USDT"]
    old = [leg.age_ms is None or leg.age_ms > OLD_MS for leg in (ticket.y, ticket.x)]
    return _table("legs", heads, rows, old)


def _levels(ticket: Ticket) -> str:
    figures = {
        "z of the chart": fixed_text(ticket.z, 2, sign=True),
        "z at these prices": fixed_text(ticket.executable_z, 2, sign=True),
        "Break-even z": fixed_text(ticket.break_even_z, 2),
        "β": fixed_text(ticket.beta, 4),
        "Half-life": duration_text(ticket.half_life) or NO_VALUE,
    }
    return _list("z and hedge", figures)


def _costs(ticket: Ticket) -> str:
    if ticket.costs is None:
        return ""
    costs = ticket.costs
    names = {
        "Fees, in and out": costs.fees, "Half-spreads": costs.half_spread, "Impact": costs.impact,
        "Next funding": costs.funding, "Together": costs.total,
    }  # fmt: skip
    way = "at market" if ticket.passive is None else f"with {ticket.passive} posted at its best price, out at market"
    return _list(f"Expected costs of a round trip {way}", {name: _cost(cost) for name, cost in names.items()})


def _after(ticket: Ticket) -> str:
    if ticket.after is None:
        return ""
    after = ticket.after
    figures = {
        "Gross": f"{fixed_text(after.gross, 2)} USDT",
        "Leverage": NO_VALUE if after.leverage is None else f"{fixed_text(after.leverage, 2)}×",
        "Margin used": _percent(after.margin_percent),
        "Liquidation": "none"
        if after.liquidation_distance_percent is None
        else f"{_percent(abs(after.liquidation_distance_percent))} away",
    }
    return _list("The paper account after it", figures)


def _table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], old: Sequence[bool]) -> str:
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads)
    body = "".join(
        f'<tr data-old="{str(is_old).lower()}">'
        + "".join(
            f'<td data-label="{escape(label)}">{escape(text)}</td>' for label, text in zip(heads, row, strict=True)
        )
        + "</tr>"
        for row, is_old in zip(rows, old, strict=True)
    )
    return f'<table class="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _list(title: str, figures: dict[str, str]) -> str:
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in figures.items())
    return f"<h4>{escape(title)}</h4><dl>{items}</dl>"


def _price(price: float | None, leg: TicketLeg) -> str:
    return fixed_text(price, decimals_of([leg.bid, leg.ask]))


def _size(quantity: float) -> str:
    return fixed_text(quantity, decimals_of([quantity]))


def _signed(quantity: float | None) -> str:
    return NO_VALUE if quantity is None else fixed_text(quantity, decimals_of([quantity]), sign=True)


def _shown_size(quantity: float | None) -> str:
    return "not said" if quantity is None else _size(quantity)


def _age(milliseconds: int | None) -> str:
    return "no quote" if milliseconds is None else f"{fixed_text(milliseconds / 1000, 1)} s"


def _percent(value: float | None) -> str:
    return NO_VALUE if value is None else f"{fixed_text(value, 1)}%"


def _cost(cost: TicketCost) -> str:
    return f"{fixed_text(cost.amount, 2)} USDT · {fixed_text(cost.bps, 1)} bps"
