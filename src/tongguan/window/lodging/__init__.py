"""Those who declare: drafting, lodging, amending, attaching, following to release."""
