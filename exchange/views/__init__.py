"""Read models built from the core's events: a participant's orders, fills and money."""
