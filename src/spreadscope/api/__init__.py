"""The engine's HTTP and WebSocket API: loopback only. The contract is ``docs/api.md``."""
