"""Bytes and records on disk: part files, their owners, syncing and publishing. It knows no network."""
