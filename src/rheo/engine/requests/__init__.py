"""One request: what it carries, and who receives its answer."""
