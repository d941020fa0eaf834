"""Schema changes of the vault."""
