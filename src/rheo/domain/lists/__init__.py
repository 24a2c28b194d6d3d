"""Lists of what to fetch: lines in several formats, each a file with its URLs and what is said of it."""
