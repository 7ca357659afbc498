"""Binance Spot: stream names, payloads, decoders, REST, and the venue that puts them together."""
