"""The scoring desk: film, emotion, cuts and music in one widget, in step with the session behind it."""
