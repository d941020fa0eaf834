"""Schema changes of this branch."""
