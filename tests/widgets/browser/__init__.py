"""Widgets in a real JupyterLab, driven in a real browser by mouse and keys."""
