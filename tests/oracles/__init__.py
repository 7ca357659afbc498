"""Other people's simulated exchanges on recorded books, each in an environment of its own: what our orders are held
to."""
