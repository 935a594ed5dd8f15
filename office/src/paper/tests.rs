//! Goal: every paper is readable, complete, leaks nothing and is the same twice.
