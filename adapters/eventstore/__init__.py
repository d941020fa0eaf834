"""The record: events in logs, stored once and for ever."""
