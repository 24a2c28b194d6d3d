"""Which downloads exist, which one runs, who is told. It moves no bytes itself."""
