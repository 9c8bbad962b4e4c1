"""Reading answers: what they hold, what they say of themselves, and what they prove."""
