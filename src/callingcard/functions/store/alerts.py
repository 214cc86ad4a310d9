"""Groups of failures, the channels that are told, and every delivery."""
