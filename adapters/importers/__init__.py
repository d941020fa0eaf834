"""Registers of other systems, read into the log through the aggregates' own commands."""
