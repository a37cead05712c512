use super::*;

/// What is said about a configuration, one line a problem.
fn said(text: &str) -> Vec<String> {
    bad(text).iter().map(|problem| format!("{problem} | {}", problem.remedy)).collect()
}

#[test]
fn an_unknown_key_is_drawn_with_its_line_and_what_was_meant() {
    let drawn = bad("[poll]\nsessions = 8\nsesions = 9\n").render(false);
    let expected = "  × unknown key `poll.sesions`
   ╭─[licwatch.toml:3:1]
 3 │ sesions = ***
   · ───┬───
   ·    ╰── here
   ╰────
  help: did you mean \"sessions\"? The keys of [poll] are sessions, handshakes, logins_per_second,
        deadline, transport, credential, neighbors, limits
";
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn a_wrong_type_is_drawn_with_the_meaning_of_its_key() {
    let drawn = bad("[poll.limits]\nconnect = 5\n").render(false);
    let expected = "  × `poll.limits.connect` must be a string in quotes, not a whole number
   ╭─[licwatch.toml:2:11]
 2 │ connect = 5
   ·           ┬
   ·           ╰── here
   ╰────
  help: connect: Until the TCP connection stands, as a duration such as \"5s\".
";
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = r#"pol = 1
[agent]
name = 7
[poll]
sessions = "many"
handshakes = -1
logins_per_second = nan
transport = "netconv"
deadline = "5 parsecs"
[poll.limits]
connect = "5s"
login = []
[device.a]
address = "10.0.0.300"
port = 70000
group = [3]
legacy_algorithms = "yes"
source_address = "here"
[device]
b = 3
"#;
    let said = said(text);
    let begins: Vec<_> = said.iter().map(|line| line.split(" | ").next().unwrap()).collect();
    assert_eq!(
        begins,
        [
            "licwatch.toml:1:1: unknown key `pol`",
            "licwatch.toml:3:8: `agent.name` must be a string in quotes, not a whole number",
            "licwatch.toml:5:12: `poll.sessions` must be a whole number, not a string",
            "licwatch.toml:6:14: `poll.handshakes` is out of range",
            "licwatch.toml:7:21: `poll.logins_per_second` must be from 0.01 to 10000",
            "licwatch.toml:8:13: `poll.transport` must be one of \"auto\", \"netconf\", \"ssh\"; did you mean \"netconf\"?",
            "licwatch.toml:9:12: `poll.deadline` must be a duration such as \"500ms\", \"15s\", \"2m\" or \"1h 30m\"",
            "licwatch.toml:12:9: `poll.limits.login` must be a string in quotes, not a list",
            "licwatch.toml:14:11: `device.a.address` must be an IPv4 or IPv6 address or a host name; an IPv4 address is four numbers from 0 to 255 without leading zeros",
            "licwatch.toml:15:8: `device.a.port` is out of range",
            "licwatch.toml:16:9: `device.a.group` must be a string in quotes, not a list",
            "licwatch.toml:17:21: `device.a.legacy_algorithms` must be true or false, not a string",
            "licwatch.toml:18:18: `device.a.source_address` must be an IPv4 or IPv6 address",
            "licwatch.toml:20:5: `device.b` must be a table, not a whole number",
        ],
        "{said:#?}"
    );
    assert!(
        said.iter().all(|line| line.split(" | ").nth(1).is_some_and(|remedy| remedy.len() > 8)),
        "{said:#?}"
    );
    assert!(said[0].contains("did you mean \"poll\"?"), "{}", said[0]);
}

#[test]
fn names_must_lead_somewhere() {
    let text = r#"
[poll]
credential = "cor"
[credentials.core]
user = "u"
prompt = true
[group.a]
inherits = "b"
[group.b]
inherits = "c"
[group.c]
inherits = "a"
[group.d]
inherits = "a"
[group.e]
inherits = "acess"
[device.x]
address = "192.0.2.1"
group = ["d", "z"]
jump_credential = "none"
"#;
    let said = said(text);
    assert_eq!(
        said,
        [
            "licwatch.toml:3:14: there is no credential \"cor\" | did you mean \"core\"? There are \"core\". Add [credentials.cor] to licwatch.toml if it is missing",
            "licwatch.toml:8:12: groups inherit from each other in a circle: a → b → c → a | remove inherits from one of them",
            "licwatch.toml:16:12: there is no group \"acess\" | There are \"a\", \"b\", \"c\", \"d\", \"e\". Add [group.acess] to licwatch.toml if it is missing",
            "licwatch.toml:19:9: there is no group \"z\" | There are \"a\", \"b\", \"c\", \"d\", \"e\". Add [group.z] to licwatch.toml if it is missing",
            "licwatch.toml:20:19: there is no credential \"none\" | There are \"core\". Add [credentials.none] to licwatch.toml if it is missing",
        ],
        "{said:#?}"
    );
    assert!(bad("[group.a]\ninherits = \"a\"\n").to_string().contains("circle: a → a"));
}

#[test]
fn credentials_say_one_way_for_each_secret() {
    let text = r#"
[credentials.a]
password_file = "p"
prompt = true
[credentials.b]
user = "u"
[credentials.c]
user = "u"
password_exec = ["/bin/x"]
[credentials.d]
user = "u"
agent = true
key_passphrase_file = "p"
enable_password_env = "E"
[credentials.e]
user = "u"
allow_exec = true
password_exec = ["pass", "show"]
"#;
    let said = said(text);
    for (place, words) in [
        ("licwatch.toml:2:14", "credential \"a\" has no user"),
        ("licwatch.toml:4:1", "the password comes from both `password_file` and `prompt`"),
        ("licwatch.toml:5:14", "credential \"b\" has no way to log in"),
        ("licwatch.toml:9:1", "`password_exec` is not allowed for this credential"),
        ("licwatch.toml:13:1", "`key_passphrase_file` is given, but no key_file"),
        ("licwatch.toml:14:1", "`enable_password_env` is not allowed for this credential"),
        (
            "licwatch.toml:18:17",
            "`credentials.e.password_exec` must begin with the absolute path of a program",
        ),
    ] {
        assert!(said.iter().any(|line| line.starts_with(&format!("{place}: {words}"))), "{words}: {said:#?}");
    }
}

#[test]
fn devices_need_an_address_a_credential_and_a_name_of_their_own() {
    let config = good("[device.a]\naddress = \"a.example\"\n[device.b]\nsite = \"s\"\n");
    let said: Vec<_> = config.devices().unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "licwatch.toml:1:9: device \"a\" has no credential",
            "licwatch.toml:3:9: device \"b\" has no address, and no inventory file knows it",
            "licwatch.toml:3:9: device \"b\" has no credential",
        ]
    );
    let said = bad("[device.a]\n[device.A]\n[device.\"../x\"]\n").to_string();
    assert!(said.contains("differ in capitals alone") && said.contains("must not begin with"), "{said}");
}

#[test]
fn limits_must_fit() {
    let said = said("[poll.limits]\nabsolute = \"10s\"\n");
    assert!(said[0].starts_with("licwatch.toml:2:12: `poll.limits.absolute` does not fit"), "{said:?}");
}

#[test]
fn a_key_in_the_wrong_place_is_sent_to_its_own() {
    assert!(said("known_hosts = \"x\"\n")[0].contains("`known_hosts` belongs to [ssh]. "));
    assert!(said("[poll]\nconnect = \"1s\"\n")[0].contains("unknown key `poll.connect`"));
}

#[test]
fn a_secret_in_the_file_is_never_repeated() {
    const PLANTED: &str = "pl4nted-s3cret";
    for text in [
        "[credentials.a]\nuser = \"u\"\npassword = \"PLANTED\"\n",
        "[credentials.a]\nuser = \"u\"\npassword = 'PLANTED' # PLANTED\n[poll",
        "[credentials.a]\nuser = \"u\"\nprompt = true\npassword_exec = [\"PLANTED\"]\nallow_exec = true\n",
        "[credentials]\na = { user = \"u\", pasword = \"PLANTED\", prompt = 3 }\n",
        "[credentials.a]\nuser = \"u\"\npassword = PLANTED\n",
        "[credentials.a]\nuser = \"u\"\nenable_secret = \"\"\"\nPLANTED\nPLANTED\"\"\"\n",
        "[credentials.a]\npassword_file = [\"PLANTED\", 3]\n",
        "[device.a]\njump = \"ops:PLANTED@gate\"\n",
        "[credentials.a]\npasswrd \"PLANTED\"\n",
        "[credentials.a]\nuser = \"u\npassword=PLANTED\n",
        "[credentials.a]\npassword_exec = [\"x\",\n\"PLANTED\",\n\"PLANTED]\n",
        "[credentials.a]\nkey_passphrase_file = \"\"\"x\nPLANTED",
        "a = { password_file = \"p\", pw = \"PLANTED\"\n",
        "[credentials.a]\nuser = \"u\"\nprompt = \"PLANTED\"\n",
        "[credentials.a]\nuser = [\"PLANTED\"]\n",
        "snmp_community = \"PLANTED\"\n",
        "[poll]\napi_token = { value = \"PLANTED\" }\n",
        "[poll]\nlogins_per_second = 0\nauth = [\"PLANTED\"]\n",
    ] {
        let text = text.replace("PLANTED", PLANTED);
        let problems = bad(&text);
        let all = format!("{problems} {problems:?} {} {}", problems.render(false), problems.render(true));
        assert!(!all.contains(PLANTED), "{text}\n{all}");
    }
}

#[test]
fn thousands_of_mistakes_are_bounded() {
    let keys: String = (0..50_000).rev().map(|n| format!("k{n}=1\n")).collect();
    let licenses: String = (0..20_000).map(|n| format!("l{n} = \"x\"\n")).collect();
    for text in
        [keys, format!("[device.a.expected_licenses]\n{licenses}"), format!("{}=1\n", "k".repeat(500_000))]
    {
        let problems = bad(&text);
        assert!(problems.iter().count() <= 100 && problems.render(false).len() < 100_000);
    }
}

#[test]
fn what_is_not_toml_is_pointed_at() {
    let drawn = bad("[poll]\nsessions 8\n").render(false);
    assert!(
        drawn.contains("this is not TOML: key with no value") && drawn.contains("[licwatch.toml:2:10]"),
        "{drawn}"
    );
    let drawn = bad("[ssh]\nhost_keys = \"strict\n[poll]\n").render(false);
    assert!(drawn.contains("this is not TOML") && drawn.contains("2 │ host_keys = \"strict"), "{drawn}");
    let drawn = bad("[ssh]\n[ssh]\n").render(false);
    assert!(drawn.contains("duplicate") && drawn.contains("licwatch.toml:2:"), "{drawn}");
}

#[test]
fn files_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("licwatch.toml");
    let said = |path: &Path| load(path).unwrap_err().to_string();
    assert!(said(&path).contains("there is no such file"));
    std::fs::write(&path, b"[poll]\n# \xff\n").unwrap();
    assert!(said(&path).contains("line 2 is not UTF-8"));
    std::fs::write(&path, vec![b'\n'; (1 << 20) + 1]).unwrap();
    assert!(said(&path).contains("larger than 1 MiB"));
    std::fs::write(&path, "\u{feff}[poll]\r\nsessions = 8\r\n").unwrap();
    assert_eq!(load(&path).unwrap().poll().sessions, 8);
    std::fs::write(&path, "[inventory]\nfiles = [\"none.csv\"]\n").unwrap();
    let error = load(&path).unwrap().devices().unwrap_err().to_string();
    assert!(error.contains("none.csv: there is no such file"), "{error}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "([a-z\\[\\]{}\"'=.,#\n\\\\é]|poll|group|device|password)*") {
        if let Err(problems) = read(&text) {
            proptest::prop_assert!(!problems.render(false).is_empty());
        }
    }
}
