"""What `anhvm bench` runs."""
