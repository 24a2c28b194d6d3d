"""What `rheo info` tells of a file that is not fetched."""
