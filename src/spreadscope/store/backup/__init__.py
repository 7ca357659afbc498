"""Backups: one file with all that a data directory holds, consistent while an engine writes, and its way back."""
