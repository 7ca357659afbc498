"""Files of others, and our own exports, into the store: told apart by content, checked row by row, nothing dropped unsaid."""
