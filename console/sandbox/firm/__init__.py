"""The made-up firm Norrvik Hale: what it is, how it came to be, and what its people do next."""
