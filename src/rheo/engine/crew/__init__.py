"""The connections that bring one file together, from one source or several."""
