"""Product families: their specification files, calendars and the instruments listed from them."""
