"""Tieout: repairs failed integration records and ties out the figures."""
