"""The vault: keys of what concerns people, apart from the record: a key can end, and the record stays."""
