"""The schema engine: what a schema is, and the one comparison. It never prints, asks or exits."""
