"""The dashboard: Streamlit pages, a live chart component and the relay that feeds it.

Knows the engine only through its HTTP and WebSocket interface (``docs/api.md``) and imports nothing else of
``spreadscope``.
"""
