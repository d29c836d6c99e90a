"""What a person can see and do, without a window: frozen rows, questions and acts, one module a screen."""
