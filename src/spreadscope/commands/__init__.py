"""The commands of the command line; ``cli`` only reads their options."""
