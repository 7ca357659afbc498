"""Messages on their way to people: the outbox and its readers."""
