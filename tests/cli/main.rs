//! Drives the binary as a user does.
