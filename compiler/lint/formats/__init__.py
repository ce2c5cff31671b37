"""Small languages inside of texts: what is wrong with them, without running them."""
