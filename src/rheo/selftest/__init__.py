"""The self-test: built-in files, fetched from an embedded server through a real socket and read again."""
