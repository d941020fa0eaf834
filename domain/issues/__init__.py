"""Issues: themes and mass events that many cases are linked to, and what is done about them."""
