"""The file that comes: its part on the disk, what is written to it, what is known to be right of it, and its end."""
