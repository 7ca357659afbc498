"""A statement of a paper account as tables of words, the same on the terminal, on the page and in the PDF."""

from __future__ import annotations

from spreadscope.contract.backtest_words import NONE, Rows, money, utc
from spreadscope.contract.statements import Statement, StatementBooks, StatementEquity

PAPER = "PAPER: simulated money, simulated orders. No order left for an exchange."
BOOK_NAMES = ("deposits", "realised", "fees", "funding", "liquidation", "total")
PAIR_COLUMNS = ("pair", "closed", *BOOK_NAMES)
TRADE_COLUMNS = ("trade", "pair", "side", "opened (UTC)", "closed (UTC)", "gross", "costs", "net", "note")
EQUITY_COLUMNS = ("at the", "equity", "of it open", "noted")
WORD_COLUMNS = frozenset({"", "pair", "side", "note", "noted", "at the", "opened (UTC)", "closed (UTC)"})
"""They stand left; the others are numbers."""
_AMOUNTS = (
    "Amounts are USDT. Realised is what fills brought against what their positions had cost, with slippage. Gross is"
    " without slippage; costs are slippage, fees, funding and liquidation together."
)
_NO_PAIR = "the account itself"
_SIDES = {1: "bought", -1: "sold"}


def title(statement: Statement) -> str:
    """Returns the first line."""
    return f"Statement of the paper account {statement.account}"


def period(statement: Statement) -> str:
    """Returns the time that it is about, and when it was made."""
    return (
        f"{utc(statement.start)} to {utc(statement.end)} UTC, made at {utc(statement.made)} UTC of the market"
        f" by Spreadscope {statement.version}"
    )


def wallet_rows(statement: Statement) -> Rows:
    """Returns (name, amount): the wallet at the start, what came and went, and the wallet at the end."""
    books = statement.books
    return [
        ("wallet at the start", money(statement.wallet_start)),
        *((name, money(getattr(books, name))) for name in BOOK_NAMES[:-1]),
        ("wallet at the end", money(statement.wallet_end)),
    ]


def equity_rows(statement: Statement) -> Rows:
    """Returns (when, equity, of which open profits) for the start and the end."""
    return [_equity("start", statement.opening), _equity("end", statement.closing)]


def pair_rows(statement: Statement) -> Rows:
    """Returns what each pair brought to the wallet, and the sum of all."""
    rows = [
        (each.pair or _NO_PAIR, str(each.closed) if each.pair else "", *_amounts(each.books))
        for each in statement.pairs
    ]
    return [*rows, ("all", str(sum(each.closed for each in statement.pairs)), *_amounts(statement.books))]


def trade_rows(statement: Statement) -> Rows:
    """Returns the trades that were closed, the newest first."""
    return [
        (
            str(each.id), f"{each.pair} {each.timeframe}", _SIDES[each.side], utc(each.opened), utc(each.closed),
            money(each.gross), money(-each.costs), money(each.net), each.note,
        )
        for each in statement.trades
    ]  # fmt: skip


def notes(statement: Statement) -> list[str]:
    """Returns what is to be known of the figures, a sentence each."""
    found = [_AMOUNTS]
    if statement.entries:
        found.append(
            f"{statement.entries:,} entries of the ledger, numbers {statement.first_entry} to {statement.last_entry}."
        )
    else:
        found.append("The ledger has no entry in this time.")
    if statement.trades_left_out:
        found.append(f"{statement.trades_left_out:,} earlier trades are in the sums, and not listed.")
    if statement.problems:
        found += [f"DOES NOT ADD UP: {problem}." for problem in statement.problems]
    else:
        found.append("Checked: balances, books and the results of all trades agree with the ledger to the last digit.")
    return found


def _amounts(books: StatementBooks) -> tuple[str, ...]:
    return tuple(money(getattr(books, name)) for name in BOOK_NAMES)


def _equity(when: str, point: StatementEquity | None) -> tuple[str, ...]:
    if point is None:
        return (when, NONE, NONE, "no equity was noted before")
    return (when, money(point.equity), money(point.unrealised), f"{utc(point.time)} UTC")
