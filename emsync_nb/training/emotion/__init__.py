"""Trains the layers that join the experts of a film's emotion: pseudo-films, users' data sets, the fit."""
