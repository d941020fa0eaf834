"""Who somebody is: tokens of an identity provider, sessions of browsers, links of complainants."""
