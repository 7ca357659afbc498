"""Delivery of alerts: channels, what is said in them, and the tasks that send until it is sent."""
