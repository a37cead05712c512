//! `licwatch config`, `completions` and `man`, as an operator runs them.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn licwatch(folder: &Path, arguments: &[&str]) -> Output {
    Command::cargo_bin("licwatch")
        .expect("it is built")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it runs")
}

fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("stdout is text")
}

fn stderr(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).expect("stderr is text")
}

#[test]
fn a_configuration_is_begun_filled_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    assert!(stderr(&licwatch(place, &["config", "show"])).contains("licwatch config init"));

    let begun = licwatch(place, &["config", "init"]);
    assert_eq!(stdout(&begun), "./licwatch.toml\n./devices.csv\n");
    assert!(String::from_utf8_lossy(&begun.stderr).contains("Next:"));
    assert!(stderr(&licwatch(place, &["config", "init"])).contains("is not overwritten"));

    fs::write(place.join("devices.csv"), "name,address,site\ncore-1,192.0.2.1,main\n").unwrap();
    let shown = stdout(&licwatch(place, &["config", "show", "--device", "core-1"]));
    let line = |key: &str| {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(key)).unwrap();
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("site"), ["main", "devices.csv:2"]);
    assert_eq!(line("port"), ["22", "default"]);
    assert_eq!(line("credential"), ["network", "[poll]"]);

    let json = stdout(&licwatch(place, &["config", "show", "--device", "core-1", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["settings"][0],
        serde_json::json!({"key": "address", "value": "192.0.2.1", "from": "devices.csv:2"})
    );
    let near = stderr(&licwatch(place, &["config", "show", "--device", "core-l"]));
    assert!(near.contains("did you mean \"core-1\"?"), "{near}");

    let whole = stdout(&licwatch(place, &["config", "show"]));
    assert!(whole.contains("sessions = 64") && whole.contains("[credentials.network]"), "{whole}");
    let json = stdout(&licwatch(place, &["config", "show", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["config"]["poll"]["limits"]["connect"], "5s");
}

#[test]
fn mistakes_are_told_on_stderr_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("mine.toml"),
        "[credentials.a]\nuser = \"u\"\npassword = \"pl4nted-s3cret\"\n",
    )
    .unwrap();
    let said = stderr(&licwatch(folder.path(), &["config", "show", "--config", "mine.toml"]));
    assert!(
        said.contains("unknown key `credentials.a.password`") && said.contains("mine.toml:3:1"),
        "{said}"
    );
    assert!(said.contains("no secret stands in this file") && !said.contains("pl4nted-s3cret"), "{said}");
    assert!(!said.contains('\u{1b}'), "colour is for terminals: {said}");
}

#[test]
fn the_schema_is_json() {
    let schema = stdout(&licwatch(Path::new("/"), &["config", "schema"]));
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["properties"]["poll"]["properties"]["sessions"]["default"], 64);
    assert_eq!(schema["properties"]["device"]["additionalProperties"]["additionalProperties"], false);
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&licwatch(Path::new("/"), &["completions", shell]));
        assert!(script.contains("licwatch") && script.contains("completions"), "{shell}");
    }
    stderr(&licwatch(Path::new("/"), &["completions", "tcsh"]));
}

#[test]
fn a_manual_page_for_every_verb() {
    let page = stdout(&licwatch(Path::new("/"), &["man"]));
    assert!(page.contains(".TH licwatch 1"), "{page}");
    assert!(
        stdout(&licwatch(Path::new("/"), &["man", "devices record"])).contains("licwatch\\-devices\\-record")
    );
    let page = stdout(&licwatch(Path::new("/"), &["man", "config", "show"]));
    assert!(page.contains("licwatch\\-config\\-show") && page.contains("\\-\\-device"), "{page}");
    assert!(stderr(&licwatch(Path::new("/"), &["man", "nothing"])).contains("there is no verb"));

    let folder = tempfile::tempdir().unwrap();
    let written = stdout(&licwatch(folder.path(), &["man", "--out", "pages/man1"]));
    for page in
        ["licwatch.1", "licwatch-config.1", "licwatch-config-show.1", "licwatch-parse.1", "licwatch-man.1"]
    {
        assert!(written.lines().any(|line| line == format!("pages/man1/{page}")), "{written}");
        assert!(
            fs::read_to_string(folder.path().join("pages/man1").join(page)).unwrap().contains(".SH NAME")
        );
    }
}
