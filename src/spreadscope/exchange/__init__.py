"""The exchange: its protocol (``binance``), recordings of it, and a local one that speaks it exactly."""
