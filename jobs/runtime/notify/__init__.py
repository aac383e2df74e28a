"""Notices by terminal, mail and SNS: templates, channels, and the outbox that sends each once."""
