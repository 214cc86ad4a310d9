"""What the editor asks while somebody writes: completion, signatures, what is wrong."""
