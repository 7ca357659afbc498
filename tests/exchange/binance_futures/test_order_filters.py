"""Whatever stands under ``filters``: the decimal strings of the filters that can be read, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.exchange.binance_futures.order_filters import OrderFilters, decimal_string

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
rows = st.dictionaries(st.sampled_from(["filterType", "minQty", "maxQty"]), anything, max_size=3)


@pytest.mark.parametrize("text", ["0", "5", "0.00000000", "1.0500", "9000000.00000000", "4529764"])
def test_a_decimal_string_stays_as_it_is(text: str) -> None:
    assert decimal_string(text) == text


@pytest.mark.parametrize(
    "value", [None, 5, 0.5, True, "", " 5", "5 ", ".5", "5.", "-5", "+5", "1e3", "inf", "٥", "1" * 31]
)
def test_what_is_none_is_not_said(value: object) -> None:
    assert decimal_string(value) is None


@given(st.one_of(anything, st.lists(anything | rows, max_size=6)))
def test_a_filter_that_can_be_read_is_read_among_any_others(others: Any) -> None:
    lot = {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": 5}
    filters = OrderFilters([*others, lot] if isinstance(others, list) else others)
    said = filters.value_of("LOT_SIZE", "minQty"), filters.value_of("LOT_SIZE", "maxQty")
    assert said == (("0.001", None) if isinstance(others, list) else (None, None))
    assert filters.value_of("MARKET_LOT_SIZE", "minQty") is None
