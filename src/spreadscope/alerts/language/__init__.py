"""The rule language: from text to a checked rule, and back to a sentence."""
