"""Reactions at work: follows the logs and carries out what follows from an event, once."""
