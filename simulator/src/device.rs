//! A device to be simulated.

use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::fault::{Fault, Faults};
use crate::manners::Manners;
use crate::personality::Personality;

/// What a device says, how it behaves and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Device {
    pub(crate) personality: Personality,
    pub(crate) manners: Manners,
    pub(crate) faults: Faults,
    pub(crate) spared: usize,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) clock: Clock,
}

impl Device {
    /// A device that works, with the manners of its platform and the fleet's credentials.
    pub fn new(personality: Personality) -> Self {
        Self {
            manners: Manners::of(personality.platform()),
            personality,
            faults: Faults::default(),
            spared: 0,
            credentials: None,
            clock: Clock::default(),
        }
    }

    /// Gives the device a fault, beside those it has.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.add(fault);
        self
    }

    /// Lets this many answers of each session come whole before a fault of answers shows.
    #[must_use]
    pub fn spare(self, answers: usize) -> Self {
        Self { spared: answers, ..self }
    }

    /// Gives the device other manners.
    #[must_use]
    pub fn manners(self, manners: Manners) -> Self {
        Self { manners, ..self }
    }

    /// Gives the device credentials of its own.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Gives the device another clock.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }
}
