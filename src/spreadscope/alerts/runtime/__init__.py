"""Rules at work: what they read, when they are judged, the life of an alert, and who is notified."""
