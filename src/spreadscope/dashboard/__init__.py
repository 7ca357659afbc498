"""The dashboard: Streamlit pages, a live chart component and the relay that feeds it.

Knows the engine only through its HTTP and WebSocket interface (``docs/api.md``). Of ``spreadscope`` it imports the contract, which
says what crosses that border, the guard of servers, and how children are started.
"""
