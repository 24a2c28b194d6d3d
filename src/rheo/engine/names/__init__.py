"""What a file is called, where it goes, and whose a file is that is there already."""
