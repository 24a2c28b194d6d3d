"""Bytes from the net: names, connections, TLS and HTTP. It decides nothing about files."""
