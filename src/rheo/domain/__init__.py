"""Words and rules: values and pure functions that know no clock, no disk, no network and no event loop."""
