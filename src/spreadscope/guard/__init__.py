"""Who may use a server of ours, and how much may be sent to it.

The engine's API and the dashboard share it, so it imports nothing of the product.
"""
