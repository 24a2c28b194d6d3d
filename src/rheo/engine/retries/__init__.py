"""What is tried again, when, by which link, and what never is."""
