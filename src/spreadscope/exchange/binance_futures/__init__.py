"""Binance USD-M futures: pure parsers and encoders. Bytes in, frozen structs out; no socket in here."""
