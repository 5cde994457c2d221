"""Counts and arrays in, estimate and interval out; no room here knows a column name."""
