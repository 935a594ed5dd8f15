//! Goal: whatever file comes in, it becomes a small legible scan or gets a clear code.
