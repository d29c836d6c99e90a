"""How to speak to any platform: one surface, five faults, and the transports they share."""
