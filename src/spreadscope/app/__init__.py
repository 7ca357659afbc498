"""Composition: what feeds the core, where its facts go, and how it all starts and stops."""
