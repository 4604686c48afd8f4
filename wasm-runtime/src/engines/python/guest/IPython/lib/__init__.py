"""Where notebooks find the printer of objects that lay themselves out."""
