"""Guided classification: questions that separate the codes still open, the note that decides, the trail, and an honest end."""
