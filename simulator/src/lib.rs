//! Simulated Cisco devices on loopback.
