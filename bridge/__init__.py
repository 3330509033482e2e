"""Streams a score into a DAW through a MIDI port. Speaks domain values only and starts without torch."""
