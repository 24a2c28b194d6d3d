"""Who shows what happens: lines, bars or JSON; each gets every event, and is asked to refresh now and then."""
