"""Files that belong to cases: looked at, sealed, kept and handed out again."""
