"""Training of the generators' models: training sets, schedule, checkpoints, reports."""
