"""What the whole program agrees on: events, facts, instruments, clock, configuration and errors."""
