"""Recordings, stored sessions and stored trades through the same core as live."""
