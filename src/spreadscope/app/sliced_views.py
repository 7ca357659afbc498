"""What pages see of an order in slices."""

from __future__ import annotations

from spreadscope import contract
from spreadscope.model.sliced_orders import Ladder, SlicedOrder
from spreadscope.trading.fixed_point import to_float
from spreadscope.trading.slice_runner import summary


def sliced_entry(item: SlicedOrder) -> contract.SlicedEntry:
    """Returns an order with what came of each slice so far."""
    slices = [
        contract.EntrySlice(
            share=each.share, level=each.level, due=each.due, until=each.until or None, state=each.state,
            y=to_float(each.y) if each.y else None, x=to_float(each.x) if each.x else None,
            filled_y=to_float(each.filled_y), filled_x=to_float(each.filled_x), words=each.words,
        )
        for each in item.slices
    ]  # fmt: skip
    kind = contract.SlicedKind.LADDER if isinstance(item.plan, Ladder) else contract.SlicedKind.TWAP
    return contract.SlicedEntry(
        kind=kind, measure=item.plan.measure, execution=item.execution, filled=item.filled, slices=slices,
        words=summary(item),
    )  # fmt: skip
