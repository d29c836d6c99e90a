"""Practice platforms on loopback: the vendors' real protocols over one made-up firm, for tests and for learning."""
