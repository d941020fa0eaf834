"""Read models on disk: one engine folds the log into tables, queries read them."""
