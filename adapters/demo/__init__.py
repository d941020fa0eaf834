"""The demonstration: real complaints, a simulated desk, and the proof that its figures can be replayed."""
