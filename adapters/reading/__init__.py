"""The record of reading: who opened which case."""
