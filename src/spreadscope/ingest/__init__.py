"""From the exchange's sockets and REST routes to events of the core."""
