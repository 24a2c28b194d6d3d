"""Batches: lists of any length, whose lines are fetched a few at a time and written down in a ledger."""
