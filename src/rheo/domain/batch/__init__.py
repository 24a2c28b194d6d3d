"""Batches: what is kept of each line of a long list, so that another run knows what is done, and what is to be done."""
