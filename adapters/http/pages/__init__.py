"""The pages: the desk and the complaint form in a browser, without a script."""
