"""Functions as this server runs them: opened, kept going, told to the rest of the house."""
