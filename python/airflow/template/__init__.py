"""Templates in the arguments of tasks."""
