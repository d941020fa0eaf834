"""What a complaint desk promises and decides: pure rules, with no clock, no chance and no I/O."""
