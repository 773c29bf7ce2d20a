"""A window filled with made-up shipments at every stage, through the same acts people use."""
