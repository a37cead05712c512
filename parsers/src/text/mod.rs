//! Terminal bytes, cleaned once: what a session wraps around an output (echo, prompt, pager, banners, carriage
//! returns, escape sequences) is taken away, and every offset can be followed back to the raw bytes.

mod banner;
mod clean;
mod cursor;
mod duration;
mod frame;
mod number;
mod offsets;
mod pair;
mod time;

pub use clean::Cleaned;
pub use cursor::{Cursor, Line};
pub use offsets::Position;
pub(crate) use offsets::{Offsets, Positions};

pub use banner::clock_reading;
pub use duration::seconds;
pub use frame::{Prompt, prompt};
pub use number::leading_number;
pub use pair::pair;
pub use time::{attempt, civil_time, timestamp};
