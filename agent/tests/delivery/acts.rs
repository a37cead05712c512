//! `licwatch outbox`, as an operator runs it beside a delivery.

use std::path::Path;
use std::process::Output;

use licwatch::deliver::Pace;
use serde_json::Value;

use super::site::{Said, Scripted, Site, later, pace, refused};

/// A configuration over the site's store.
fn configuration(site: &Site) -> std::path::PathBuf {
    let path = site.folder.path().join("licwatch.toml");
    std::fs::write(&path, "[agent]\nname = \"site-12\"\n[store]\ndirectory = \".\"\n").unwrap();
    path
}

/// Runs a verb while the delivery goes on.
async fn outbox(configuration: &Path, words: &[&str]) -> Output {
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    words.extend(["--config".to_owned(), configuration.display().to_string()]);
    let run = move || {
        assert_cmd::Command::cargo_bin("licwatch").unwrap().arg("outbox").args(words).output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn listed(configuration: &Path) -> (Option<i32>, Value) {
    let output = outbox(configuration, &["list", "--refused", "--waiting", "--json"]).await;
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test]
async fn what_fails_is_shown_and_tried_at_once_when_somebody_says_so() {
    let mut site = Site::new();
    let configuration = configuration(&site);
    site.configure(&["siem"]).await;
    site.collect(2).await;
    assert_eq!(listed(&configuration).await.0, Some(0));
    let sink = Scripted::saying([later("down"), Said::Take]);
    let hour = std::time::Duration::from_secs(3600);
    site.run(vec![sink.to("siem", Pace { retry: hour, retry_most: hour, ..Pace::default() })]);
    site.until("siem", |state| state.failures == 1).await;
    let (_, shown) = listed(&configuration).await;
    let siem = &shown["sinks"][0];
    assert_eq!((&shown["schema"], &siem["waiting"]), (&"licwatch/outbox/1".into(), &2.into()));
    assert_eq!((&siem["problem"], siem["waiting_lines"].as_array().unwrap().len()), (&"down".into(), 2));
    assert!(siem["next_try"].is_string() && siem["oldest"].is_string() && siem["delivered_at"].is_null());
    let table = text(&outbox(&configuration, &["list"]).await.stdout);
    assert!(table.contains("siem") && table.contains("down"), "{table}");
    let tried = outbox(&configuration, &["retry", "siem"]).await;
    assert_eq!((tried.status.code(), text(&tried.stderr).trim()), (Some(0), "siem is tried now"));
    site.until("siem", |state| state.delivered == 2).await;
    let entry = &site.entries("outbox_changed").await[0];
    assert_eq!((&entry["act"], &entry["sink"]), (&"retry".into(), &"siem".into()));
    assert!(entry["actor"].as_str().unwrap().starts_with("operator "), "{entry}");
    site.stop().await;
    for (words, said) in
        [(&["retry", "nobody"][..], "no sink"), (&["retry", "siem", "99"], "no refused line 99")]
    {
        let output = outbox(&configuration, words).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}

#[tokio::test]
async fn refused_lines_are_exported_put_back_and_discarded() {
    let mut site = Site::new();
    let configuration = configuration(&site);
    site.configure(&["siem"]).await;
    let ids = site.collect(3).await;
    let refusing = Scripted::new(|_| refused("not understood"));
    site.run(vec![refusing.to("siem", pace())]);
    site.until("siem", |state| state.refused == 3).await;
    site.stop().await;
    let (code, shown) = listed(&configuration).await;
    let lines = shown["sinks"][0]["refused_lines"].as_array().unwrap().clone();
    assert_eq!((code, lines.len()), (Some(1), 3));
    assert_eq!((&lines[0]["device"], &lines[0]["id"]), (&"device-1".into(), &ids[0].as_str().into()));
    assert!(lines[0]["reason"].as_str().unwrap().contains("not understood"));

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    for _ in 0..2 {
        let exported = outbox(&configuration, &["export", "siem", &place, "--refused"]).await;
        assert_eq!(exported.status.code(), Some(0), "{}", text(&exported.stderr));
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(text(&exported.stdout).trim()).unwrap()).unwrap();
        let file = &manifest["files"][0];
        let records = std::fs::read_to_string(folder.path().join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!((records.lines().count(), &file["lines"]), (3, &3.into()));
        assert!(ids.iter().zip(records.lines()).all(|(id, line)| line.contains(id.as_str())));
        assert_eq!(file["sha256"], licwatch::capture::sha256(records.as_bytes()));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "nothing was overwritten");

    let number = |place: usize| lines[place]["number"].to_string();
    let back = outbox(&configuration, &["retry", "siem", &number(1)]).await;
    assert_eq!(back.status.code(), Some(0), "{}", text(&back.stderr));
    let taking = Scripted::saying([]);
    site.run(vec![taking.to("siem", pace())]);
    site.until("siem", |state| state.delivered == 1).await;
    assert_eq!(taking.taken(), [ids[1].clone()]);
    site.stop().await;

    let unasked = outbox(&configuration, &["discard", "siem", "--all", "--reason", "old"]).await;
    assert_eq!(unasked.status.code(), Some(2));
    assert!(text(&unasked.stderr).contains("--yes"));
    let one = ["discard", "siem", &number(0), "--reason", "known to be wrong", "--yes"];
    assert_eq!(outbox(&configuration, &one).await.status.code(), Some(0));
    let waiting = site.collect(2).await;
    let all = ["discard", "siem", "--all", "--reason", "siem is gone", "--yes"];
    let done = outbox(&configuration, &all).await;
    let said = "discarded of siem: 2 lines that waited, 1 that were refused";
    assert_eq!(text(&done.stderr).trim(), said);
    let state = site.state("siem").await;
    assert_eq!((state.waiting, state.refused), (0, 0));

    let entries = site.entries("outbox_changed").await;
    let acts: Vec<_> = entries.iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["export", "export", "retry", "discard", "discard"]);
    let last = &entries[4];
    let gone = format!("{}\n{}\n{}\n", waiting[0], waiting[1], ids[2]);
    assert_eq!(last["ids_sha256"], licwatch::capture::sha256(gone.as_bytes()));
    assert_eq!(
        (&last["reason"], &last["waiting"], &last["refused"]),
        (&"siem is gone".into(), &2.into(), &1.into())
    );
    assert_eq!(site.events("outbox_changed").await.len(), 3);
}

#[tokio::test]
async fn what_is_discarded_of_a_batch_changes_its_key() {
    let mut site = Site::new();
    let configuration = configuration(&site);
    site.configure(&["siem"]).await;
    let ids = site.collect(3).await;
    let failing = Scripted::new(|_| later("down"));
    site.run(vec![failing.to("siem", pace())]);
    let before = failing.until(|seen| !seen.is_empty()).await;
    site.stop().await;
    let done = outbox(&configuration, &["discard", "siem", "2", "--reason", "no", "--yes"]).await;
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let taking = Scripted::saying([]);
    site.run(vec![taking.to("siem", pace())]);
    site.until("siem", |state| state.waiting == 0).await;
    let seen = taking.seen();
    assert_eq!((&seen[0].ids[0], &seen[0].ids[1], seen[0].ids.len()), (&ids[0], &ids[2], 2));
    assert!(seen[0].key != before[0].key && seen[0].sequence == 2);
    site.stop().await;
}
