"""Downloads that stand for what a Metalink lists."""
