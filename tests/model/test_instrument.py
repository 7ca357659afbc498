"""Symbols, pairs, timeframes and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.clock import ManualClock
from spreadscope.model.errors import ConfigError, SymbolError
from spreadscope.model.instrument import (
    MOST_AT_ONCE,
    Pair,
    parse_pair,
    parse_pairs,
    parse_symbol,
    parse_symbols,
    unknown_symbol,
)
from spreadscope.model.timeframe import TIMEFRAMES, Timeframe, parse_timeframe


def test_symbols_are_upper_case_and_need_not_be_ascii() -> None:
    assert parse_symbols(" btcusdt,ETHUSDT_261225 ") == ("BTCUSDT", "ETHUSDT_261225")
    assert parse_symbol("牛来usdt") == "牛来USDT"
    assert parse_symbols(["A,B", "C"]) == ("A", "B", "C")


@pytest.mark.parametrize("text", ["", " ", "BTC USDT", "BTC@X", "A,B", "../x", "A" * 41, "A\x00B", "<script>", "=1+1"])
def test_what_is_no_symbol(text: str) -> None:
    with pytest.raises(SymbolError, match="symbol"):
        parse_symbol(text)


@pytest.mark.parametrize("text", ["BTCUSDT", "A/B/C", "/B", "A/", "", "A/ ", "A/A", "a/A"])
def test_what_is_no_pair(text: str) -> None:
    with pytest.raises(SymbolError):
        parse_pair(text)


def test_pairs_keep_their_direction() -> None:
    assert parse_pairs(["a/b, b/a"]) == (Pair("A", "B"), Pair("B", "A"))
    assert str(parse_pair(" btcusdt / ethusdt ")) == "BTCUSDT/ETHUSDT"


def test_forty_thousand_names_are_refused_at_once() -> None:
    names = [f"A{number}" for number in range(40_000)]
    began = time.thread_time()
    with pytest.raises(SymbolError, match="more than 1000 symbols at once"):
        parse_symbols(",".join(names))
    with pytest.raises(SymbolError, match="more than 1000 pairs at once"):
        parse_pairs([f"{name}/B" for name in names])
    assert len(parse_symbols(names[:MOST_AT_ONCE])) == MOST_AT_ONCE
    with pytest.raises(SymbolError, match="A999 is given twice"):
        parse_symbols([*names[: MOST_AT_ONCE - 1], "A999", "a999"][1:])
    assert time.thread_time() - began < 0.5  # it was 50 s: quadratic


@pytest.mark.parametrize("parse", [parse_symbol, parse_pair])
def test_a_long_text_is_not_echoed_whole(parse: Callable[[str], object]) -> None:
    for text in ("x" * 60_000, "/" * 60_000, f"A/{'x' * 60_000}"):
        with pytest.raises(SymbolError, match="malformed") as error:
            parse(text)
        assert len(str(error.value)) < 200


def test_an_unknown_symbol_names_the_nearest() -> None:
    assert "did you mean BTCUSDT?" in str(unknown_symbol("BTCUSD", ["BTCUSDT", "ETHUSDT"]))
    assert "did you mean BTCUSDT?" in str(unknown_symbol("BTC", ["ETHUSDT", "BTCUSDT"]))


def test_where_none_is_near_some_are_named_and_where_to_find_all() -> None:
    listed = [f"SYN{number}USDT" for number in range(1, 9)]
    assert str(unknown_symbol("BTCUSDC", listed)) == (
        "the exchange lists no symbol BTCUSDC: it lists 8, such as SYN1USDT, SYN2USDT, SYN3USDT, SYN4USDT"
        " (all of them: spreadscope symbols, or GET /api/instruments)"
    )
    assert "lists no symbol BTCUSDT: it lists none at all" in str(unknown_symbol("BTCUSDT", []))


@given(st.text(max_size=50))
def test_any_text_is_a_symbol_or_an_error(text: str) -> None:
    for parse in (parse_symbol, parse_symbols, parse_pair):
        try:
            parse(text)
        except SymbolError as error:
            assert str(error)  # noqa: PT017 - the property is that nothing else comes


@pytest.mark.parametrize("timeframe", TIMEFRAMES)
def test_timeframes_are_half_open(timeframe: Timeframe) -> None:
    length = timeframe.milliseconds
    assert timeframe.open_time(7 * length) == 7 * length
    assert timeframe.open_time(8 * length - 1) == 7 * length
    assert parse_timeframe(f" {timeframe.upper()} ") is timeframe


def test_an_unknown_timeframe_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="1s, 1m, 5m"):
        parse_timeframe("3m")


def test_a_clock_never_goes_backwards() -> None:
    clock = ManualClock(5)
    clock.advance(3)
    assert (clock.now_ns(), clock.monotonic_ns()) == (8, 8)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
