"""Read models as pure folds: what each screen shows, computed from events alone."""
