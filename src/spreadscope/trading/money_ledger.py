"""The ledger of money of a paper account: append-only, double entry, in whole numbers of 1e-8.

What a wallet has more, another book has less: all balances together are always 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spreadscope.model.trading import LedgerEntry
from spreadscope.model.trading_states import Book, EntryKind

#: The book that stands against the wallet in an entry of each kind.
AGAINST: Mapping[EntryKind, Book] = {
    EntryKind.DEPOSIT: Book.CAPITAL,
    EntryKind.REALISED: Book.REALISED,
    EntryKind.FEE: Book.FEES,
    EntryKind.FUNDING: Book.FUNDING,
    EntryKind.FUNDING_CORRECTION: Book.FUNDING,
    EntryKind.LIQUIDATION_FEE: Book.LIQUIDATION,
}


class MoneyLedger:
    """The balances of the books of one account; ``wallet`` is its money without open profits."""

    def __init__(self, balances: Mapping[str, int] | None = None) -> None:
        self._balances: dict[str, int] = {book.value: 0 for book in Book} | dict(balances or {})

    @property
    def balances(self) -> dict[str, int]:
        return dict(self._balances)

    @property
    def wallet(self) -> int:
        return self._balances[Book.WALLET]

    def post(
        self,
        kind: EntryKind,
        amount: int,
        *,
        account: str,
        number: int,
        time: int,
        trade: int = 0,
        leg: str = "",
        symbol: str = "",
        reference: int = 0,
    ) -> LedgerEntry:
        """Book what the wallet gains (``amount`` above 0) or loses. Returns the entry."""
        other = AGAINST[kind]
        debit, credit = (Book.WALLET, other) if amount >= 0 else (other, Book.WALLET)
        self._balances[debit] += abs(amount)
        self._balances[credit] -= abs(amount)
        return LedgerEntry(
            account=account, id=number, time=time, kind=kind, debit=debit, credit=credit, amount=abs(amount),
            trade=trade, leg=leg, symbol=symbol, reference=reference,
        )  # fmt: skip


def balances_of(entries: Iterable[LedgerEntry]) -> dict[str, int]:
    """Returns the balances that entries add up to, by book."""
    balances = {book.value: 0 for book in Book}
    for entry in entries:
        balances[entry.debit] += entry.amount
        balances[entry.credit] -= entry.amount
    return balances
