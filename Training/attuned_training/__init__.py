"""Trains the keyword models of attuned: data, synthetic voices, front end, network, export."""

__version__ = "0.1.0"
