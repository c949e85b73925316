"""The rules by which a task instance may start, as names only: the scheduler applies them itself."""
