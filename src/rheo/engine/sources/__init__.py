"""Where the bytes of a file can come from, and how one is asked."""
