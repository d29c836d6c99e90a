"""What moves records: pull, plan, the one door, settling, matching, and the worker that runs them."""
