"""What a file must hash to, and whose word that is."""
