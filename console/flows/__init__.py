"""Pure flows: a subject and the book go in, what ought to exist comes out."""
