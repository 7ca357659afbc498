"""What is kept on disk: one SQLite database (WAL) in one data directory, one writer, any number of readers."""
