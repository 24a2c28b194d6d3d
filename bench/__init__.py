"""The comparison of rheo with its peers: `python bench/run.py`."""
