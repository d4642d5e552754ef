"""Templates of the report of training."""
