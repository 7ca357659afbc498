"""Closed days as Parquet files: written, listed, read, and retired."""
