//! What licwatch costs, measured side by side in one run. The benches themselves are the `[[bench]]` targets.
