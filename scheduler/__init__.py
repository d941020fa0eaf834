"""What falls due: a pure sweep over armed clocks, and the runner that ticks."""
