"""Delivery of alerts: channels, messages, and the tasks that send them."""
