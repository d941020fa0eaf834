"""Full-text search: the one place that holds clear words, made from the log and thrown away at any time."""
