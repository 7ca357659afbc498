"""What keeps a store sound: checks and repair, older versions, pruning, free space."""
