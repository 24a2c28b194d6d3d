"""Metalinks: documents that say which files there are, where each can be had, and what it hashes to (RFC 5854)."""
