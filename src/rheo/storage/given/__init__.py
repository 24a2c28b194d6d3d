"""Files that users name, which may be anything: read with care."""
