"""The ledger of a batch: one durable row for each line of a list, in an SQLite file."""
