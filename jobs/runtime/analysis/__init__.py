"""Analysers of texts: implementations of the port in transforms/text/analyser.py."""
