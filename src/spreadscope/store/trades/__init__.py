"""Trades in the database: blocks of columns, and the bars that are made from them."""
