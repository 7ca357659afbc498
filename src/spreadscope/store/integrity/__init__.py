"""What the store proves of each symbol and day, and how somebody else can check it."""
