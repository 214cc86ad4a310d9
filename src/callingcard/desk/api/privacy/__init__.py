"""What persons may ask, who looked at them, and how long things are kept, over HTTP."""
