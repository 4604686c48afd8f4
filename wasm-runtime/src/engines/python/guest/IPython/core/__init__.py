"""Where older notebooks import `display` from."""
