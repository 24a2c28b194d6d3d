"""The command: arguments in, text and exit codes out. Only here are Typer and Rich known."""
