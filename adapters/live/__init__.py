"""Events as they happen, for those who may see them."""
