"""Many downloads that belong together: words and rules."""
