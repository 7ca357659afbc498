"""The risk of an account's open pair trades: exposures, tail risk with its tests, liquidity, funding, stress.

Pure: holdings at mark prices and stored closes go in, figures come out. Money is in USDT, a loss is negative.
"""
