"""What a part of the engine declares of its figures for Prometheus: a name, plain words, and samples by labels.

Names follow the conventions of Prometheus: base units (``_seconds``, ``_bytes``), ``_total`` for what only grows.
Labels are venues, connections, followed symbols and pairs, accounts and states: all bounded, none a free text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from spreadscope.model.distribution import Distribution

Samples = Iterable[tuple[tuple[str, ...], float | None]]
"""Values by labels; None where it is not known, which gives no sample."""

PREFIX = "spreadscope_"


def gauge(name: str, words: str, value: float | None) -> Metric:
    """Returns a figure that goes up and down."""
    return gauges(name, words, (), [((), value)])


def gauges(name: str, words: str, labels: Iterable[str], samples: Samples) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, words, labels=tuple(labels))
    for values, number in samples:
        if number is not None:
            family.add_metric(values, float(number))
    return family


def counter(name: str, words: str, value: float) -> Metric:
    """Returns a figure that only grows while the engine runs. ``name`` ends with ``_total``."""
    return counters(name, words, (), [((), value)])


def counters(name: str, words: str, labels: Iterable[str], samples: Samples) -> Metric:
    family = CounterMetricFamily(PREFIX + name, words, labels=tuple(labels))
    for values, number in samples:
        if number is not None:
            family.add_metric(values, float(number))
    return family


def histogram(name: str, words: str, distribution: Distribution) -> Metric:
    return histograms(name, words, (), {(): distribution})


def histograms(
    name: str, words: str, labels: Iterable[str], distributions: Mapping[tuple[str, ...], Distribution]
) -> Metric:
    """Returns distributions by labels."""
    family = HistogramMetricFamily(PREFIX + name, words, labels=tuple(labels))
    for values, each in distributions.items():
        family.add_metric(
            values, [("+Inf" if bound == inf else str(bound), count) for bound, count in each.cumulative()], each.total
        )
    return family
