"""Many rules over many symbols: what a second of the market costs, beside looking at every rule.

    python bench/bench_alerts.py [--rules 10000] [--symbols 500] [--seconds 60]

Both run the same rules on the same bars; where every symbol has a bar in every second they must say the same. Times are
of the CPU.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from collections.abc import Callable

from spreadscope.alerts import RuleEngine, parse
from spreadscope.model.events import SetRule
from spreadscope.model.facts import Alert, Bar, Fact
from spreadscope.model.timeframe import Timeframe

START_MS = 1_750_000_000_000
TEXTS = (
    "price > {level}",
    "price crosses above {level} or price crosses below 99",
    "abs(return) > 0.15",
    "volume > 9.9 and trades > 8 for 2 bars",
    "change(price, 10s) < -0.8",
    "price > mean(price, 30s) + 1 and not volume < 1",
)


class EveryRule(RuleEngine):
    """The naive way: at every bar time every rule is judged on the newest there is, touched or not."""

    def evaluate(self) -> list[Fact]:
        facts: list[Fact] = []
        for end, order in sorted(self._to_evaluate):
            for fact in self._to_evaluate[end, order]:
                self._add_input(fact)
            for rule_id in sorted(self.rules):
                rule = self.rules[rule_id]
                for instance in rule.instances.values():
                    self.evaluations += 1
                    facts.extend(rule.evaluate(instance, end, late=False))
        self._to_evaluate.clear()
        return facts


def made(kind: type[RuleEngine], rules: int, symbols: int) -> RuleEngine:
    book = kind({})
    for number in range(rules):
        text = TEXTS[number // symbols % len(TEXTS)].format(level=101 + number % 7 / 10)
        book.set_rule(SetRule(f"r{number:05}", text, f"S{number % symbols}USDT"))
    book.clock(START_MS)
    return book


def seconds(count: int, symbols: int, share: float) -> list[list[Bar]]:
    """Bars of every second: of ``share`` of the symbols."""
    dice = random.Random(7)
    prices = [100.0] * symbols
    out = []
    for second in range(count):
        bars = []
        for number in sorted(dice.sample(range(symbols), max(1, int(share * symbols)))):
            opened, prices[number] = prices[number], prices[number] * (1 + dice.gauss(0, 5e-4))
            price = prices[number]
            bars.append(
                Bar(
                    f"S{number}USDT", Timeframe.S1, START_MS + second * 1_000, opened, max(opened, price),
                    min(opened, price), price, dice.random() * 10, dice.randint(1, 9), complete=True,
                )
            )  # fmt: skip
        out.append(bars)
    return out


def run(book: RuleEngine, market: list[list[Bar]]) -> tuple[float, float, int, list[Alert]]:
    """→ median and worst CPU milliseconds of a second, rules looked at in a second, and what was said."""
    times, said = [], []
    before = book.evaluations
    gc.collect()
    for second, bars in enumerate(market):
        began = time.process_time()
        book.clock(START_MS + (second + 1) * 1_000 + 500)
        book.apply(bars)
        facts = [*book.evaluate(), *book.tick()]
        times.append(time.process_time() - began)
        said += [fact for fact in facts if isinstance(fact, Alert)]
    looked = (book.evaluations - before) // len(market)
    return statistics.median(times) * 1e3, max(times) * 1e3, looked, said


def language() -> None:
    """What it costs to read a rule."""
    timed: list[tuple[str, Callable[[], object]]] = [
        ("z > 2", lambda: parse("z > 2")),
        ("a long one (490 characters)", lambda: parse(" and ".join(["abs(z) > 2"] * 33))),
    ]
    for name, work in timed:
        work()
        began = time.process_time()
        for _ in range(50):
            work()
        print(f"  read {name}: {(time.process_time() - began) / 50 * 1e3:.2f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rules", type=int, default=10_000)
    options.add_argument("--symbols", type=int, default=500)
    options.add_argument("--seconds", type=int, default=40)
    chosen, _ = options.parse_known_args()
    print(f"{chosen.rules} rules over {chosen.symbols} symbols, each second of the market")
    for share in (0.1, 0.4, 1.0):
        market = seconds(chosen.seconds, chosen.symbols, share)
        own = run(made(RuleEngine, chosen.rules, chosen.symbols), market)
        naive = run(made(EveryRule, chosen.rules, chosen.symbols), market)
        assert share < 1 or own[3] == naive[3], "both must say the same"
        print(
            f"  {share:4.0%} of the symbols trade: {own[0]:6.2f} ms p50, {own[1]:6.2f} worst,"
            f" {own[2]:6} rules looked at;"
            f" every rule: {naive[0]:6.2f} ms p50, {naive[2]} looked at ({naive[0] / own[0]:.1f} times);"
            f" {len(own[3])} alerts"
        )
    language()


if __name__ == "__main__":
    main()
