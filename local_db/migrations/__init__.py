"""The way of every workspace from the version it was made with to the present one."""
