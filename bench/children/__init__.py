"""What the comparison runs in processes of their own."""
