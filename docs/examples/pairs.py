# %% [markdown]
# # A pair, from two columns of closes to a decision
# Run it whole (`python docs/examples/pairs.py`), or cell by cell in an editor that knows `# %%`.
# The closes are made up: AAAUSDT follows BBBUSDT with a hedge ratio of 1.2, and what lies between reverts with a
# half-life of 30 minutes. Twelve minutes of BBBUSDT are missing.

# %% Load two series
from pathlib import Path

import polars as pl

from spreadscope import stats

closes = pl.read_csv(Path(__file__).parent / "closes.csv", try_parse_dates=True)
logs = closes.select("open_time", pl.col("AAAUSDT", "BBBUSDT").log())
y, x = logs.select("open_time", "AAAUSDT"), logs.select("open_time", "BBBUSDT")
print(f"{closes.height} minutes, {closes['BBBUSDT'].null_count()} of BBBUSDT missing: they stay holes")

# %% The hedge ratio
# Two legs are never joined by their position: were their times unlike, this would say so and stop.
fit = stats.ols(y, x)
print(fit.summary())

# %% One test of one day
# The first 1,440 rows: a day. Both directions count, and the p-value pays for that.
day_y, day_x = y[:1440], x[:1440]
print(stats.engle_granger_both(day_y, day_x).summary())

# %% A test whose size holds in storms
# The null is made from the pair itself: its own moves with random signs.
surrogates = stats.surrogate_cointegration(day_y, day_x)
print(repr(surrogates))

# %% How fast it comes back, with what is not known about it
spread = stats.hedge_spread(day_y, day_x, "ols")
life = stats.spread_half_life(spread)
upper = "without an upper end" if life.high is None else f"to {life.high:.0f}"
print(f"half-life {life.half_life:.0f} minutes, 95% interval from {life.low:.0f} {upper}")

# %% Watching: evidence in looks
# Whoever tests at every bar finds something in every pair. Here the level is spent over the looks.
evidence = stats.SequentialEvidence(window=1440)
for price_y, price_x in zip(y["AAAUSDT"], x["BBBUSDT"].fill_null(float("nan")), strict=True):
    look = evidence.update(price_y, price_x)
    if look is not None:
        print(f"look {look.number} at {look.rows} rows: p {look.pvalue:.4f}, for its share of it {look.adjusted:.4f}")
print(evidence.standing.summary())

# %% z of the second day, on the hedge ratio of the first
# α and β are those of the day before; the mean and the deviation are of the 120 rows before each row.
day = stats.ols(day_y, day_x)
later = logs[1440:].select("open_time", spread=pl.col("AAAUSDT") - day.alpha - day.beta * pl.col("BBBUSDT"))
z = stats.rolling_zscore(later, 120).to_frame()
known = z["z"].drop_nulls()
print(z.tail(3))
share = (known.abs() > 2).mean()
print(f"|z| > 2 in {share:.0%} of {known.len()} rows: more than the 4.6% of a normal, because z has memory")
