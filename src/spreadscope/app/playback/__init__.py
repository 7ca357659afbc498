"""The playback of what is stored: an engine of its own, driven by the clock of a transport."""
