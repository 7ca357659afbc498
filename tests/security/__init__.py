"""The security list: one test for each line of it that has none where its part is tested (SECURITY.md)."""
