"""The p-value of an ADF statistic with trend as R's tseries prints it."""

from __future__ import annotations

import numpy as np

from spreadscope.stats._arrays import check_number

# Fuller (1976), table 8.5.2, as reprinted by Banerjee et al. (1993), table 4.2: τ with constant and trend.
SIZES = (25.0, 50.0, 100.0, 250.0, 500.0, 100000.0)
LEVELS = (0.01, 0.025, 0.05, 0.10, 0.90, 0.95, 0.975, 0.99)
QUANTILES = (
    (-4.38, -4.15, -4.04, -3.99, -3.98, -3.96),
    (-3.95, -3.80, -3.73, -3.69, -3.68, -3.66),
    (-3.60, -3.50, -3.45, -3.43, -3.42, -3.41),
    (-3.24, -3.18, -3.15, -3.13, -3.13, -3.12),
    (-1.14, -1.19, -1.22, -1.23, -1.24, -1.25),
    (-0.80, -0.87, -0.90, -0.92, -0.93, -0.94),
    (-0.50, -0.58, -0.62, -0.64, -0.65, -0.66),
    (-0.15, -0.24, -0.28, -0.31, -0.32, -0.33),
)


def dickey_fuller_table_pvalue(stat: float, observations: int) -> float:
    """Returns p-value of an ADF t-statistic with constant and trend, interpolated linearly in Fuller's table.

    For comparison with R's ``adf.test`` only: between 10% and 90% the table is empty, so a straight line over that
    gap is off by up to 0.05 (``adf`` uses MacKinnon's polynomials). ``observations``: differences in the sample.
    Held within [0.01, 0.99].

    >>> round(dickey_fuller_table_pvalue(-3.43, 250), 3)
    0.05
    """
    check_number(observations, "observations", least=1.0)
    quantiles = [float(np.interp(observations, SIZES, row)) for row in QUANTILES]
    return float(np.interp(stat, quantiles, LEVELS))
