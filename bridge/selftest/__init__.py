"""Plays through a real JACK server into an independent listener, and into Ardour where it is installed."""
