"""What is known of hosts, and how each is reached."""
