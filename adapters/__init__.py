"""Where the rules meet the world: storage, web, mail, files and the command line."""
