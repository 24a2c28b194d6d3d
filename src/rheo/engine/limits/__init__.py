"""Limits on bytes per second, and on bytes in memory, and who gets how much of them."""
