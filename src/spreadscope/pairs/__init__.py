"""One pair at one timeframe: prices of both legs in, every statistic of the pair with its validity out."""
