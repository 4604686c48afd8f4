"""Here so that matplotlib finds it, which looks for a table of windows in it. There are none."""
