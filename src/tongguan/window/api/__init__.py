"""`/api/v1`: everything a person can do, for programs."""
