//! Registration with the licence service, and the authorization of what is in use.

use super::super::facts::Facts;
use super::super::fault::Broken;
use super::super::walk::Walk;
use super::{set, time, unknown};
use crate::record::{Attempt, AttemptResult, Authorization, Text, Timestamp};

/// Reads an open `registration`.
pub(super) fn registration<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.registration = true;
    walk.members(|walk, tag| match tag.name {
        "registration-state" => set(&mut facts.registration_state, walk.stated()?),
        "export-control-allowed" => set(&mut facts.export_control_allowed, walk.boolean(tag)?),
        "registration-complete" => complete(walk, facts),
        "registration-failed" | "registration-retry" => {
            let mut tried = Tried { succeeded: Some(false), ..Tried::default() };
            failed(walk, &mut tried)?;
            facts.licensing.registration.initial_registration =
                facts.licensing.registration.initial_registration.take().or(tried.attempt());
            Ok(())
        }
        "registration-in-progress" | "export-control-status" => Ok(()),
        _ => unknown(walk, tag),
    })
}

/// What went wrong; IOS XR has it in `registration-info` where the registration is tried again.
fn failed<'a>(walk: &mut Walk<'a>, tried: &mut Tried<'a>) -> Result<(), Broken> {
    walk.members(|walk, tag| match tag.name {
        "fail-time" => set(&mut tried.at, time(walk)?),
        "fail-message" => set(&mut tried.reason, walk.stated()?),
        "registration-info" => failed(walk, tried),
        "retry-next-time" => Ok(()),
        _ => unknown(walk, tag),
    })
}

fn complete<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    let licensing = &mut facts.licensing;
    let mut renewed = Tried::default();
    walk.members(|walk, tag| match tag.name {
        "complete-time" => {
            let completed = Tried { succeeded: Some(true), at: time(walk)?, reason: None };
            set(&mut licensing.registration.initial_registration, completed.attempt())
        }
        "last-renew-time" => set(&mut renewed.at, time(walk)?),
        "last-renew-success" => set(&mut renewed.succeeded, walk.boolean(tag)?),
        "fail-message" => set(&mut renewed.reason, walk.stated()?),
        "next-renew-time" => set(&mut licensing.registration.next_renewal_attempt, time(walk)?),
        "expire-time" => set(&mut licensing.registration.expires, time(walk)?),
        "smart-account" => set(&mut licensing.smart_account, walk.stated()?),
        "virtual-account" => set(&mut licensing.virtual_account, walk.stated()?),
        _ => unknown(walk, tag),
    })?;
    licensing.registration.last_renewal_attempt = renewed.attempt();
    Ok(())
}

/// Reads an open `authorization`.
pub(super) fn authorization<'a>(walk: &mut Walk<'a>, facts: &mut Facts<'a>) -> Result<(), Broken> {
    facts.seen.authorization = true;
    walk.members(|walk, tag| match tag.name {
        "authorization-state" => set(&mut facts.authorization_state, walk.stated()?),
        "authorization-none" => Ok(()),
        "authorization-eval"
        | "authorization-eval-expired"
        | "authorization-authorized"
        | "authorization-authorized-reservation"
        | "authorization-out-of-compliance"
        | "authorization-authorization-expired" => {
            let mut reached = Tried::default();
            let seconds = &mut facts.evaluation_seconds;
            let authorization = &mut facts.licensing.authorization;
            details(walk, authorization, &mut reached, seconds)?;
            if let Some(attempt) = reached.attempt() {
                authorization.last_communication_attempt = Some(attempt);
            }
            Ok(())
        }
        _ => unknown(walk, tag),
    })
}

/// The details of one state. A device that fills in the containers of other states too leaves them empty, and what is
/// empty takes nothing away.
fn details<'a>(
    walk: &mut Walk<'a>,
    authorization: &mut Authorization<'a>,
    reached: &mut Tried<'a>,
    seconds: &mut Option<u64>,
) -> Result<(), Broken> {
    walk.members(|walk, tag| {
        let keep = |place: &mut Option<Timestamp<'a>>, time: Option<Timestamp<'a>>| {
            if time.is_some() {
                *place = time;
            }
        };
        match tag.name {
            "last-comm-status-success" => reached.succeeded = walk.boolean(tag)?,
            "last-comm-time" => reached.at = time(walk)?,
            "fail-message" => reached.reason = walk.stated()?,
            "next-comm-time" => keep(&mut authorization.next_communication_attempt, time(walk)?),
            "comm-deadline-time" => keep(&mut authorization.communication_deadline, time(walk)?),
            "ooc-time" | "reservation-time" | "expire-time" => keep(&mut authorization.since, time(walk)?),
            "seconds-left" => *seconds = walk.number(tag)?,
            "authorization-info" | "evaluation-time-left" => details(walk, authorization, reached, seconds)?,
            _ => walk.unclaimed(tag),
        }
        Ok(())
    })
}

/// Something that the device may have tried.
#[derive(Default)]
struct Tried<'a> {
    succeeded: Option<bool>,
    at: Option<Timestamp<'a>>,
    reason: Option<Text<'a>>,
}

impl<'a> Tried<'a> {
    /// An attempt that was made: without a time and a reason there was none.
    fn attempt(self) -> Option<Attempt<'a>> {
        if self.at.is_none() && self.reason.is_none() {
            return None;
        }
        let result = if self.succeeded? { AttemptResult::Succeeded } else { AttemptResult::Failed };
        Some(Attempt { result, at: self.at, reason: self.reason })
    }
}
