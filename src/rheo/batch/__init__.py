"""Lists of any length on their way through a manager, for the command and the library alike."""
