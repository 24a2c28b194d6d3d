"""When, and how many, requests go to a host that does not take as many as come."""
