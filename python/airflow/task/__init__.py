"""What a task is to the scheduler."""
