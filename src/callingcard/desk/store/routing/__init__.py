"""Teams, hours, presence and decisions in the database."""
