//! `parsers/COVERAGE.md`: what every platform prints of every licensing generation, which capture shows it, and whether
//! a device's own output is known that looks so.
//!
//! The table is rendered from the captures in `testdata` and from `known_forms.tsv`, the reviewed list of the outputs
//! of others that are known; so a new capture fails here until it has its row. `UPDATE_GOLDEN=1` rewrites the table, which
//! is then read. Where `../shared/corpus` is at hand, the list is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::netconf::Hello;
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{parse, recognize};
use serde_json::Value;

use super::corpus::captures;
use super::golden::LIKE;
use super::real::{beside, corpus};

/// What stands above the table.
const INTRODUCTION: &str = include_str!("coverage_introduction.md");

/// Platform, command, generation, provenance: of each output of others that is known. Facts only.
const KNOWN_FORMS: &str = include_str!("known_forms.tsv");

/// Provenances of text that was taken from documentation. All others come from a device, whoever copied it.
const DOCUMENTS: [&str; 3] = ["transcribed-doc", "transcribed-book", "transcribed-quoted"];

/// The generation of an output that states none.
const NONE: &str = "none stated";

/// Each file in `testdata/exchange`: the sample that its form is known from, below `shared/samples`, and whether a
/// device or service made that sample. Without a sample the form rests on documentation.
const EXCHANGE: [(&str, Option<&str>, bool); 25] = [
    ("acknowledgement", Some("rum/*_ENVELOPE_reconstructed.xml"), false),
    ("acknowledgement-opaque", Some("rum/*_ENVELOPE_reconstructed.xml"), false),
    ("acknowledgement-xml", Some("rum/*_ENVELOPE_reconstructed.xml"), false),
    ("c8000v-meta-layout", Some("rum/c8000v_17.6.2_payload_1646687408.json"), true),
    ("c9300-stack-bundle", Some("bundle/*"), false),
    ("c9800-two-reports", Some("rum/c9800cl_17.9.2_example-rum-1671840750.xml"), true),
    ("cucm-authorization", Some("slr/cucm_*"), true),
    ("cucm-request", Some("slr/cucm_*"), true),
    ("manifest", Some("bundle/*"), false),
    ("no-reports", None, false),
    ("policy", Some("rum/*_ENVELOPE_reconstructed.xml"), false),
    ("policy-words", None, false),
    ("reservation-request", Some("slr/c9300_reservation_request_code.txt"), false),
    ("reservation-request-session", Some("slr/c9300_reservation_request_code.txt"), false),
    ("reservation-return-session", None, false),
    ("rest-all-reports", Some("slp_rest/"), false),
    ("return-code", None, false),
    ("rum-show", Some("rum/c9800cl_…_payload_1671840757.test-license-smart-rum-show.json"), true),
    ("slac", None, false),
    ("slac-request", Some("rum/*_ENVELOPE_reconstructed.xml"), false),
    ("slac-return", None, false),
    ("slr-c9500", None, false),
    ("trust-code", None, false),
    ("trust-request", None, false),
    ("universal-authorization", None, false),
];

#[test]
fn the_table_shows_every_capture() {
    let rendered = render();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("COVERAGE.md");
    if super::golden::rewrites() {
        fs::write(path, rendered).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (number, (kept, rendered)) in kept.lines().zip(rendered.lines()).enumerate() {
        assert_eq!(kept, rendered, "COVERAGE.md:{}: rewrite it with UPDATE_GOLDEN=1 and read it", number + 1);
    }
    assert_eq!(kept.lines().count(), rendered.lines().count(), "COVERAGE.md is cut or has rows of nothing");
}

#[test]
fn the_known_forms_are_those_of_the_corpus() {
    let known: BTreeSet<Form> = known_forms();
    let corpus = corpus();
    if corpus.is_empty() {
        return;
    }
    let mut found = BTreeSet::new();
    for real in &corpus {
        let Some(command) = real.command else { continue };
        let cleaned = Cleaned::new(&real.raw);
        // The list of the corpus names some commands by the shorter one that prints the like.
        let echoed = recognize::recognize(&cleaned).command;
        let command = echoed.filter(|echoed| LIKE.contains(&(*echoed, command))).unwrap_or(command);
        let stated = parse(&cleaned, real.hints()).licensing.model.map(|model| model.word());
        // The list of the corpus knows the device behind the text; the text may state less, never another.
        let listed: &[&str] = match real.generation.as_str() {
            "PAK" => &["pak"],
            "PAK+RTU" => &["pak", "rtu"],
            "RTU" => &["rtu"],
            "classic Smart" => &["smart"],
            "SLR+classic Smart" => &["slr", "smart"],
            "PLR+classic Smart" => &["plr", "smart"],
            "SLUP" => &["slup"],
            "honor/SIA" => &["honor"],
            "none" => &[],
            other => panic!("{}: {other}", real.path),
        };
        assert!(stated.is_none_or(|stated| listed.contains(&stated)), "{} states {stated:?}", real.path);
        found.insert(Form {
            platform: real.platform.word().to_owned(),
            command: command.spelling().to_owned(),
            generation: stated.unwrap_or(NONE).to_owned(),
            provenance: real.provenance.clone(),
        });
    }
    let line =
        |form: &Form| [form.platform.as_str(), &form.command, &form.generation, &form.provenance].join("\t");
    let unknown: Vec<String> = found.difference(&known).map(line).collect();
    assert!(unknown.is_empty(), "not in known_forms.tsv:\n{}", unknown.join("\n"));
    let gone: Vec<String> = known.difference(&found).map(line).collect();
    assert!(gone.is_empty(), "in known_forms.tsv but not in the corpus:\n{}", gone.join("\n"));
}

#[test]
fn the_exchange_files_are_graded_as_the_samples_are() {
    let Some(samples) = beside("samples") else { return };
    let index = fs::read_to_string(samples.join("README.md")).unwrap();
    for (case, sample, real) in EXCHANGE {
        let Some(sample) = sample else { continue };
        let row = index.lines().find(|line| line.starts_with(&format!("| {sample} |")));
        let row = row.unwrap_or_else(|| panic!("{case}: the index of the samples has no row for {sample}"));
        let nature = row.split('|').nth(2).unwrap().trim();
        assert_eq!(nature.starts_with("REAL"), real, "{case}: {nature}");
    }
}

/// What an output looks like: who prints it, for which command, under which generation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Form {
    platform: String,
    command: String,
    generation: String,
    provenance: String,
}

fn known_forms() -> BTreeSet<Form> {
    let lines = || KNOWN_FORMS.lines().filter(|line| !line.starts_with('#'));
    let forms: BTreeSet<Form> = lines()
        .map(|line| {
            let [platform, command, generation, provenance] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("known_forms.tsv: {line}")
            };
            let own = |text: &str| text.to_owned();
            Form {
                platform: own(platform),
                command: own(command),
                generation: own(generation),
                provenance: own(provenance),
            }
        })
        .collect();
    assert_eq!(forms.len(), lines().count(), "known_forms.tsv says something twice");
    forms
}

/// The grade of a form, with where it is known from.
fn grade(platform: &str, command: &str, generation: &str) -> String {
    let known: Vec<String> = known_forms()
        .into_iter()
        .filter(|form| {
            (&*form.platform, &*form.command, &*form.generation) == (platform, command, generation)
        })
        .map(|form| form.provenance)
        .collect();
    let real: Vec<&str> = known.iter().map(String::as_str).filter(|word| !DOCUMENTS.contains(word)).collect();
    match (real.is_empty(), known.is_empty()) {
        (false, _) => format!("real ({})", real.join(", ")),
        (true, false) => format!("documentation ({})", known.join(", ")),
        (true, true) => "documentation".to_owned(),
    }
}

fn render() -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push_str("\n## Commands\n\n");
    out.push_str("| platform | command | generation | captures | grade |\n|---|---|---|---|---|\n");
    let mut rows: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for capture in captures() {
        let key = (
            capture.platform().word().to_owned(),
            capture.command().spelling().to_owned(),
            generation(&capture.golden()),
        );
        rows.entry(key).or_default().push(capture.path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    // A form that is known and that no capture shows stands there with none.
    for form in known_forms()
        .into_iter()
        .filter(|form| !["get", "license smart save usage"].contains(&&*form.command))
    {
        rows.entry((form.platform, form.command, form.generation)).or_default();
    }
    for ((platform, command, generation), cases) in &rows {
        let grade = grade(platform, command, generation);
        writeln!(out, "| {platform} | `{command}` | {generation} | {} | {grade} |", shown(cases)).unwrap();
    }
    out.push_str("\n## NETCONF and RESTCONF\n\n");
    out.push_str("| platform | encoding | model | revision | generation | captures | grade |\n");
    out.push_str("|---|---|---|---|---|---|---|\n");
    for ([platform, encoding, model, revision, generation], cases) in replies() {
        // One reply of a device is known, in JSON; of NETCONF's XML none.
        let grade = match (encoding.as_str(), model.as_str()) {
            ("JSON", "cisco-smart-license") => grade(&platform, "get", &generation),
            _ => "documentation".to_owned(),
        };
        let cases = shown(&cases);
        writeln!(
            out,
            "| {platform} | {encoding} | `{model}` | {revision} | {generation} | {cases} | {grade} |"
        )
        .unwrap();
    }
    out.push_str("\n## Exchange files\n\n");
    out.push_str("| kind | captures | known from | grade |\n|---|---|---|---|\n");
    for ([kind, sample, grade], cases) in exchange_files() {
        writeln!(out, "| {kind} | {} | {sample} | {grade} |", shown(&cases)).unwrap();
    }
    out
}

/// The generation that a record states.
fn generation(record: &Value) -> String {
    record["licensing"]["model"].as_str().unwrap_or(NONE).to_owned()
}

/// The names of cases; of many the first two, and how many there are.
fn shown(cases: &[String]) -> String {
    match cases {
        [] => "none here".to_owned(),
        [first, second, _, _, ..] => format!("{first}, {second} and {} more", cases.len() - 2),
        few => few.join(", "),
    }
}

/// The replies in `testdata/netconf`: platform, encoding, model, its revision by the device's hello, generation.
fn replies() -> BTreeMap<[String; 5], Vec<String>> {
    use licwatch_parsers::netconf::{
        DEVICE_HARDWARE, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM, SMART_LICENSE, XR_PLATFORM_LICENSE,
        XR_SMART_AGENT,
    };
    const MODELS: [(&str, &str); 6] = [
        ("cisco-smart-license", SMART_LICENSE),
        ("Cisco-IOS-XE-device-hardware-oper", DEVICE_HARDWARE),
        ("Cisco-IOS-XR-infra-smartlicense-oper", XR_SMART_AGENT),
        ("Cisco-IOS-XR-smart-license-platform-oper", XR_PLATFORM_LICENSE),
        ("openconfig-platform", OPENCONFIG_PLATFORM),
        ("openconfig-system", OPENCONFIG_SYSTEM),
    ];
    let folder = testdata().join("netconf");
    let mut rows: BTreeMap<[String; 5], Vec<String>> = BTreeMap::new();
    for (folder, extension, encoding) in
        [(folder.clone(), "xml", "XML"), (folder.join("restconf"), "txt", "JSON")]
    {
        for (case, reply, record) in cases(&folder, extension) {
            let hello = fs::read_to_string(folder.join("hello").join(&case).with_extension("xml")).ok();
            let hello = hello.as_deref().map(|hello| Hello::read(hello).unwrap());
            let mut models = 0;
            for (model, namespace) in MODELS {
                let named = match encoding {
                    "XML" => reply.contains(&format!("\"{namespace}\"")),
                    _ => reply.contains(&format!("\"{model}:")),
                };
                if !named {
                    continue;
                }
                models += 1;
                let revision =
                    hello.as_ref().and_then(|hello| hello.module(model)?.revision.map(str::to_owned));
                let platform = record["device"]["platform"].as_str().unwrap_or(NONE);
                let key = [
                    platform.to_owned(),
                    encoding.to_owned(),
                    model.to_owned(),
                    revision.unwrap_or_else(|| NONE.to_owned()),
                    generation(&record),
                ];
                rows.entry(key).or_default().push(case.clone());
            }
            assert!(models > 0, "{case} is of no model that is known here");
        }
    }
    rows
}

/// The files in `testdata/exchange`: kind, the sample that they are like, grade.
fn exchange_files() -> BTreeMap<[String; 3], Vec<String>> {
    let mut rows: BTreeMap<[String; 3], Vec<String>> = BTreeMap::new();
    let mut graded: BTreeMap<&str, _> =
        EXCHANGE.iter().map(|(case, sample, real)| (*case, (*sample, *real))).collect();
    for (case, _, record) in cases(&testdata().join("exchange"), "txt") {
        let (sample, real) =
            graded.remove(&*case).unwrap_or_else(|| panic!("{case} has no grade in EXCHANGE"));
        let kind = record["exchange"][0]["kind"].as_str().unwrap().replace('_', " ");
        let sample = sample.map_or("documentation alone".to_owned(), |sample| format!("`{sample}`"));
        let grade = if real { "real" } else { "documentation" };
        rows.entry([kind, sample, grade.to_owned()]).or_default().push(case);
    }
    assert!(graded.is_empty(), "EXCHANGE grades files that are gone: {graded:?}");
    rows
}

/// Name, text and record of every case in a folder.
fn cases(folder: &Path, extension: &str) -> Vec<(String, String, Value)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    assert!(!paths.is_empty(), "{} has no cases", folder.display());
    paths
        .into_iter()
        .map(|path| {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            let record = fs::read_to_string(path.with_extension("json")).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, text, serde_json::from_str(&record).unwrap())
        })
        .collect()
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata")
}
