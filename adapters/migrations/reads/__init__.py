"""Schema changes of the record of reading."""
