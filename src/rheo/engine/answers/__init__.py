"""What an answer means: whether its bytes may be written, where it leads, and why it refuses. Pure."""
