//! The tables of levels, whose columns stand in one of three orders.
//!
//! ```text
//! Technology-package                                     Technology-package
//! Current                        Type                       Next reboot
//! ------------------------------------------------------------------------------
//! network-advantage       Smart License                      network-advantage
//! dna-advantage           Subscription Smart License         dna-advantage
//! ```
//! ```text
//! Technology    Technology-package           Technology-package
//!               Current       Type           Next reboot
//! ------------------------------------------------------------------
//! ipbase        ipbasek9      Permanent      ipbasek9
//! security      securityk9    Permanent      securityk9
//! ```
//! ```text
//! Technology     Type         Technology-package Technology-package
//!                             Current            Next Reboot
//! -----------------------------------------------------------------
//! Smart License  Perpetual    network-advantage  network-advantage
//! Smart License  Subscription dna-advantage      dna-advantage
//! ```
//! Captures: `testdata/captures/ios/show_version/`, `testdata/captures/ios-xe/show_version/`.

use crate::record::{BootLevel, Levels, stated};
use crate::text::{Cursor, Line};

/// Whether a line is the title of a table of levels. `show version` says for which module.
pub(in crate::ios) fn is_title(text: &str) -> bool {
    text.starts_with("Technology Package License Information")
        || text.starts_with("Suite License Information")
}

/// The order of the columns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    /// Current, type, next reboot.
    Package,
    /// Technology or suite, current, type, next reboot.
    Technology,
    /// Technology, type, current, next reboot.
    TypeFirst,
}

/// Reads the table below its title, up to the first line that is no part of it.
pub(in crate::ios) fn table<'a>(title: &str, cursor: &mut Cursor<'a>, levels: &mut BootLevel<'a>) {
    let mut order = if title.starts_with("Suite") { Order::Technology } else { Order::Package };
    let mut below_header = false;
    let mut after_blank = false;
    while let Some(line) = cursor.peek() {
        let text = line.trimmed();
        if line.is_blank() {
            after_blank |= below_header;
        } else if let Some(found) = header(text) {
            order = found;
        } else if is_second_header(text) {
            below_header = true;
        } else if !line.is_rule() {
            let Some(row) = Row::read(order, text).filter(|row| !after_blank || row.is_typed()) else {
                // Suites list the packages they hold, one a line.
                if below_header && is_lone_word(line) {
                    cursor.next();
                    continue;
                }
                return;
            };
            row.state(levels);
        }
        cursor.next();
    }
}

fn header(text: &str) -> Option<Order> {
    let mut words = text.split_whitespace();
    match (words.next()?, words.next()) {
        ("Technology-package", _) => Some(Order::Package),
        ("Technology", Some("Type")) => Some(Order::TypeFirst),
        ("Technology", Some("Technology-package")) => Some(Order::Technology),
        _ => None,
    }
}

fn is_second_header(text: &str) -> bool {
    let starts = text.starts_with("Current") || text.starts_with("Suite ");
    starts && text.to_ascii_lowercase().ends_with("next reboot")
}

fn is_lone_word(line: Line<'_>) -> bool {
    let text = line.trimmed();
    !text.contains(':') && text.split_whitespace().count() == 1
}

struct Row<'a> {
    /// Whether it adds to a level: subscriptions, and what an ISR has beside IP Base.
    is_addon: bool,
    kind: &'a str,
    current: Option<&'a str>,
    next: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn read(order: Order, text: &'a str) -> Option<Self> {
        if text.contains(':') {
            return None;
        }
        let (first, rest) = text.split_once([' ', '\t'])?;
        let (rest, last) = rest.trim().rsplit_once([' ', '\t'])?;
        let rest = rest.trim();
        let (current, kind) = match order {
            Order::Package => (first, rest),
            Order::Technology => rest.split_once([' ', '\t'])?,
            Order::TypeFirst => {
                let (before, current) = rest.rsplit_once([' ', '\t'])?;
                (current, before.trim().rsplit([' ', '\t']).next()?)
            }
        };
        let is_addon = match order {
            Order::Technology => !first.starts_with("ipbase"),
            Order::Package | Order::TypeFirst => kind.starts_with("Subscription"),
        };
        Some(Self { is_addon, kind: kind.trim(), current: stated(current), next: stated(last) })
    }

    /// Whether the type column holds a type, which tells a row from prose.
    fn is_typed(&self) -> bool {
        const TYPES: [&str; 9] = [
            "None",
            "Permanent",
            "Perpetual",
            "Subscription",
            "Smart License",
            "EvalRightToUse",
            "RightToUse",
            "Evaluation",
            "Temporary",
        ];
        TYPES.iter().any(|known| self.kind.starts_with(known))
    }

    fn state(self, levels: &mut BootLevel<'a>) {
        let is_taken = levels.current.is_some() || levels.next_reboot.is_some();
        if self.is_addon || is_taken {
            add(&mut levels.addon_current, self.current);
            add(&mut levels.addon_next_reboot, self.next);
        } else {
            levels.current = self.current.map(Into::into);
            levels.next_reboot = self.next.map(Into::into);
        }
    }
}

fn add<'a>(levels: &mut Option<Levels<'a>>, level: Option<&'a str>) {
    match (levels, level) {
        (Some(levels), Some(level)) => levels.add(level),
        (levels, Some(level)) => *levels = Some(level.into()),
        (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Text;

    /// The levels in the order current, next, add-on now, add-on next.
    fn tabled(text: &str) -> ([Option<String>; 4], String) {
        let mut levels = BootLevel::default();
        let mut cursor = Cursor::new(text, 0);
        let title = cursor.next().unwrap().text;
        assert!(is_title(title), "{title}");
        table(title, &mut cursor, &mut levels);
        let BootLevel { current, next_reboot, addon_current, addon_next_reboot } = levels;
        let shown = [addon_current, addon_next_reboot].map(|levels| levels.map(|levels| levels.to_string()));
        let [addon_current, addon_next_reboot] = shown;
        let levels = [
            current.map(Text::into_owned),
            next_reboot.map(Text::into_owned),
            addon_current,
            addon_next_reboot,
        ];
        (levels, cursor.map(|line| line.text).collect::<Vec<_>>().join("\n"))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_table_of_packages_ends_where_prose_begins() {
        let (levels, rest) = tabled(
            "Technology Package License Information: \n\n------\n\
             Technology-package                                     Technology-package\n\
             Current                        Type                       Next reboot  \n------\n\
             network-advantage   \tSmart License                 \t network-essentials \n\
             dna-advantage       \tSubscription Smart License    \t dna-essentials     \n\n\n\
             The current throughput level is 2000 kbps\n",
        );
        assert_eq!(
            levels,
            [
                some("network-advantage"),
                some("network-essentials"),
                some("dna-advantage"),
                some("dna-essentials")
            ]
        );
        assert_eq!(rest, "The current throughput level is 2000 kbps");
    }

    #[test]
    fn ip_base_is_the_level_wherever_its_row_stands() {
        let (levels, rest) = tabled(
            "Technology Package License Information: \n------\n\
             Technology    Technology-package           Technology-package\n\
             \x20             Current       Type           Next reboot  \n------\n\
             appxk9           None             Smart License    appxk9\n\
             uck9             uck9             EvalRightToUse   uck9\n\
             securityk9       None             None             None\n\
             ipbase           ipbasek9         Permanent        ipbasek9\nConfiguration register\n",
        );
        assert_eq!(levels, [some("ipbasek9"), some("ipbasek9"), some("uck9"), some("appxk9 uck9")]);
        assert_eq!(rest, "Configuration register");
    }

    #[test]
    fn the_type_may_stand_before_the_package() {
        let (levels, _) = tabled(
            "Technology Package License Information: \n------\n\
             Technology     Type         Technology-package Technology-package\n\
             \x20                           Current            Next Reboot        \n------\n\
             Smart License  Perpetual    network-premier    network-premier\n\
             Smart License  Subscription None               dna-premier\n",
        );
        assert_eq!(levels, [some("network-premier"), some("network-premier"), None, some("dna-premier")]);
    }

    #[test]
    fn suites_list_their_packages_without_stating_a_level() {
        let (levels, rest) = tabled(
            "Suite License Information for Module:'esg' \n\n------\n\
             Suite                 Suite Current         Type           Suite Next reboot     \n------\n\
             FoundationSuiteK9     None                  None           None                  \n\
             securityk9\nappxk9\n\nAdvUCSuiteK9          None                  None           None\nuck9\n\n\n\
             Technology Package License Information: \n",
        );
        assert_eq!(levels, [None, None, None, None]);
        assert_eq!(rest, "Technology Package License Information: ");
    }
}
