//! The state of the Smart Agent, as `cisco-smart-license` has it on IOS XE in every revision up to 2021-03-01, and
//! `Cisco-IOS-XR-infra-smartlicense-oper` on IOS XR: one tree, of which the second has some leaves in a container
//! more, says `yes` where the first says `true`, and has its times as text.
//!
//! Captures: `testdata/netconf/slup-classic-words.xml`, `testdata/netconf/classic-out-of-compliance.xml`,
//! `testdata/netconf/asr9k.xml`. What each leaf really states is decided in [`facts`](super::facts), once the whole
//! state is known.

mod authorizations;
mod policy;
mod registration;
mod usage;

use super::facts::Facts;
use super::fault::Broken;
use super::walk::{Tag, Walk};
use crate::record::{Text, Timestamp, Udi};
use crate::text::timestamp;

/// Reads an open `smart-agent`, which IOS XR has around `licensing`.
pub(super) fn smart_agent<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "licensing" => licensing(walk, facts),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `licensing`.
pub(super) fn licensing<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "state" => state(walk, facts),
        "config" => config(walk, facts),
        _ => unknown(walk, tag),
    })
}

/// Of what is configured, the address that the state does not show.
fn config<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "transport" => walk.members(|walk, tag| match tag.name {
            "transport-cslu" => walk.members(|walk, tag| match tag.name {
                "url-cslu" => set(&mut facts.licensing.transport.cslu_address, walk.stated()?),
                _ => unknown(walk, tag),
            }),
            "transport-type" | "transport-smart" => Ok(()),
            _ => unknown(walk, tag),
        }),
        "enable" | "custom-id" | "privacy" | "utility" | "usage" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `state`.
pub(super) fn state<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.state = true;
    walk.members(|walk, tag| match tag.name {
        "smart-enabled" => set(&mut facts.licensing.smart_licensing_enabled, walk.boolean(tag)?),
        "version" => set(&mut facts.licensing.agent_version, walk.stated()?),
        "state-info" => state_info(walk, facts),
        "always-enabled" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `state-info`.
pub(super) fn state_info<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.state = true;
    walk.members(|walk, tag| {
        match tag.name {
            "registration" => registration::registration(walk, facts)?,
            "authorization" => registration::authorization(walk, facts)?,
            "utility" => walk.members(|walk, tag| match tag.name {
                "enabled" | "utility-enable" => set(&mut facts.licensing.utility_enabled, walk.boolean(tag)?),
                "reporting" | "reporting-times" | "customer-info" => Ok(()),
                _ => unknown(walk, tag),
            })?,
            "custom-id" => facts.licensing.custom_id = walk.stated()?,
            "transport" => transport(walk, facts)?,
            "privacy" => walk.members(|walk, tag| match tag.name {
                "hostname" | "host-name" => set(&mut facts.hostname_private, walk.boolean(tag)?),
                "version" => set(&mut facts.licensing.privacy.version_privacy, walk.boolean(tag)?),
                _ => unknown(walk, tag),
            })?,
            "evaluation" => evaluation(walk, facts)?,
            "udi" => facts.udi = Some(udi(walk)?),
            "usage" => usage::usage(walk, facts)?,
            "policy" => policy::policy(walk, facts)?,
            "trust-code" => policy::trust_code(walk, facts)?,
            "rum-reports-closed-keys" => policy::closed_report(walk, facts)?,
            "rum-ack" => policy::acknowledgement(walk, facts)?,
            "imported-authorizations" | "reservation" => authorizations::authorizations(walk, facts)?,
            // The record has no place for what was bought and for conversions; keys are nobody's business.
            "conversion" | "conversion-enabled" | "factory-purchase" | "export-authorization-keys" => {}
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })
}

fn transport<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let transport = &mut facts.licensing.transport;
    walk.members(|walk, tag| match tag.name {
        "transport-type" => set(&mut facts.transport, walk.stated()?),
        "url-settings" => walk.members(|walk, tag| match tag.name {
            "url-registration" => set(&mut transport.url, walk.stated()?),
            "url-utility" => Ok(()),
            _ => unknown(walk, tag),
        }),
        "proxy-info" => walk.members(|walk, tag| match tag.name {
            "address" => set(&mut transport.proxy_address, walk.stated()?),
            "port" => set(&mut transport.proxy_port, walk.number(tag)?.filter(|port| *port != 0)),
            _ => unknown(walk, tag),
        }),
        _ => unknown(walk, tag),
    })
}

fn evaluation<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "eval-in-use" => set(&mut facts.evaluation_in_use, walk.boolean(tag)?),
        "eval-period-left" => walk.members(|walk, tag| match tag.name {
            "time-left" => set(&mut facts.evaluation_left, walk.number(tag)?),
            _ => unknown(walk, tag),
        }),
        "eval-expired" | "eval-expire-time" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// Reads an open `udi`. Of the identifiers that it may hold, the record has a place for two.
fn udi<'a>(walk: &mut Walk<'a>) -> Result<Udi<'a>, Broken> {
    let mut udi = Udi::default();
    walk.members(|walk, tag| match tag.name {
        "pid" => set(&mut udi.pid, walk.stated()?),
        "sn" => set(&mut udi.serial_number, walk.stated()?),
        "vid" | "uuid" | "suvi" | "host-identifier" | "mac-address" => Ok(()),
        _ => unknown(walk, tag),
    })?;
    Ok(udi)
}

fn time<'a>(walk: &mut Walk<'a>) -> Result<Option<Timestamp<'a>>, Broken> {
    Ok(walk.stated()?.and_then(time_of))
}

/// The time that a text states: YANG's form, or one of the command line's. `0` is none.
pub(super) fn time_of(text: Text<'_>) -> Option<Timestamp<'_>> {
    let time = Timestamp::from_date_and_time(text).filter(|time| time.text != "0")?;
    if time.utc.is_some() {
        return Some(time);
    }
    match time.text {
        Text::Borrowed(text) => timestamp(text),
        Text::Owned(text) => {
            let owned = |time: Timestamp<'_>| Timestamp {
                utc: time.utc,
                ..Timestamp::unresolved(time.text.into_owned())
            };
            timestamp(&text).map(owned)
        }
    }
}

fn set<T>(place: &mut T, value: T) -> Result<(), Broken> {
    *place = value;
    Ok(())
}

fn unknown<'a>(walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
    walk.unclaimed(tag);
    Ok(())
}
