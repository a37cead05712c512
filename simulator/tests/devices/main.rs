//! Simulated devices as a client sees them.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod client;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod login;
#[cfg(test)]
mod netconf;
#[cfg(test)]
mod personalities;
#[cfg(test)]
mod silence;
