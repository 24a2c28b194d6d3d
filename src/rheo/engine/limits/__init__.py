"""Limits on bytes per second: token buckets, and who gets how much of them."""
