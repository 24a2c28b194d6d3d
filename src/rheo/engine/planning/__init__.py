"""Which bytes are fetched by whom, how many at a time, and by how many. Pure."""
