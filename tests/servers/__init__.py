"""Real servers that tests start on private addresses and stop again."""
