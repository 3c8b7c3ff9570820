"""What people may ask of us, and what we forget by ourselves."""
