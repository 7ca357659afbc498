"""Frames in the shapes of 2021, 2023–24 and 2026, written after the exchange's pages."""

from __future__ import annotations

from typing import Any

AGG_2021 = {
    "e": "aggTrade", "E": 1617647797170, "a": 14210581, "s": "SANDUSDT", "p": "0.65880", "q": "1510",
    "f": 27330312, "l": 27330314, "T": 1617647797018, "m": True,
}  # fmt: skip
AGG_2026 = {
    "e": "aggTrade", "E": 1790526539033, "a": 3466782974, "s": "BTCUSDT", "p": "84551.10", "q": "0.030",
    "nq": "0.020", "f": 8123344783, "l": 8123344785, "T": 1790526538883, "m": False, "st": 1,
}  # fmt: skip
BOOK_2021 = {
    "e": "bookTicker", "u": 396106612345, "s": "CHRUSDT", "b": "0.2961", "B": "420", "a": "0.2962", "A": "77",
    "T": 1617647797001, "E": 1617647797006,
}  # fmt: skip
BOOK_2026 = BOOK_2021 | {"ps": "CHRUSDT", "st": 1}
MARK_2023 = {
    "e": "markPriceUpdate", "E": 1680652800000, "s": "BTCUSDT", "p": "28155.10000000", "P": "28150.21",
    "i": "28160.5", "r": "0.00010000", "T": 1680681600000,
}  # fmt: skip
MARK_2026 = MARK_2023 | {"ap": "28155.2", "st": 1}
MARK_WITHOUT_FUNDING = MARK_2026 | {"s": "BTCUSDT_261225", "r": "", "T": 0}
MARK_COIN = MARK_2026 | {"s": "BTCUSD_PERP", "st": 2}
KLINE: dict[str, Any] = {
    "e": "kline", "E": 1626992760011, "s": "SUSHIUSDT",
    "k": {
        "t": 1626992700000, "T": 1626992759999, "s": "SUSHIUSDT", "i": "1m", "f": 1, "L": 9, "o": "6.71", "c": "6.72",
        "h": "6.73", "l": "6.70", "v": "1200", "n": 9, "x": True, "q": "8064.0", "V": "600", "Q": "4032", "B": "0",
    },
}  # fmt: skip
FORCE_2021: dict[str, Any] = {
    "e": "forceOrder", "E": 1617647797170,
    "o": {"s": "NEOUSDT", "S": "SELL", "o": "LIMIT", "f": "IOC", "q": "3.2", "p": "51.1", "ap": "51.3", "X": "FILLED",
          "l": "1.1", "z": "3.2", "T": 1617647797165},
}  # fmt: skip
FORCE_2026 = FORCE_2021 | {"o": FORCE_2021["o"] | {"s": "牛来USDT", "ps": "牛来USDT", "st": 1}}
CONTRACT = {
    "e": "contractInfo", "E": 1669356423908, "s": "IOTAUSDT", "ps": "IOTAUSDT", "ct": "PERPETUAL",
    "dt": 4133404800000, "ot": 1569398400000, "cs": "SETTLING",
    "bks": [{"bs": 1, "bnf": 0, "bnc": 5000, "mmr": 0.01, "cf": 0, "mi": 21, "ma": 50}],
}  # fmt: skip
CONTRACT_2026 = CONTRACT | {"st": 1}
DEPTH = {
    "e": "depthUpdate", "E": 1680652800016, "T": 1680652800009, "s": "BTCUSDT", "U": 10, "u": 20, "pu": 9,
    "b": [["22300.00", "2.788"]], "a": [],
}  # fmt: skip
RAW_2023 = {
    "e": "trade", "E": 1680652800005, "T": 1680652800001, "s": "BTCUSDT", "t": 3535188229, "p": "28155.10",
    "q": "0.001", "X": "MARKET", "m": True,
}  # fmt: skip
RAW_FUND = RAW_2023 | {"X": "INSURANCE_FUND", "p": "28722.50"}
RAW_2021 = {key: value for key, value in RAW_2023.items() if key != "X"}
MINI = {
    "e": "24hrMiniTicker", "E": 123456789, "s": "BNBUSDT", "c": "0.0025", "o": "0.0010", "h": "0.0025",
    "l": "0.0010", "v": "10000", "q": "18",
}  # fmt: skip
TICKER = MINI | {"e": "24hrTicker", "p": "0.0015", "P": "250.00", "w": "0.0018", "Q": "10", "n": 18151}

EVERY_KIND = {
    "aggTrade 2021": AGG_2021, "aggTrade 2026": AGG_2026, "bookTicker 2021": BOOK_2021, "bookTicker 2026": BOOK_2026,
    "markPrice 2023": MARK_2023, "markPrice 2026": MARK_2026, "markPrice without funding": MARK_WITHOUT_FUNDING,
    "markPrice COIN-M": MARK_COIN, "kline": KLINE, "kline 2026": KLINE | {"st": 1}, "forceOrder 2021": FORCE_2021,
    "forceOrder 2026": FORCE_2026, "contractInfo": CONTRACT, "contractInfo 2026": CONTRACT_2026, "depth": DEPTH,
    "trade 2021": RAW_2021, "trade 2023": RAW_2023, "trade insurance fund": RAW_FUND, "miniTicker": MINI,
    "ticker": TICKER,
}  # fmt: skip
