"""The unfinished file, and all that lies beside it: whose it is, what of it is there, and what becomes of it."""
