"""The dashboard: Streamlit pages, a live chart component and the relay that feeds it.

It uses the engine only through its HTTP and WebSocket interface (``docs/api.md``). From ``spreadscope`` it imports only
the contract, the guard of servers, and the start of child processes.
"""
