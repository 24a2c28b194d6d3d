"""One download, from URL to verified file. It knows nothing of queues, events or terminals."""
