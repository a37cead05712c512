use super::*;

fn read(text: &str) -> (Rows, Problems) {
    Rows::read("devices.csv", text.as_bytes().to_vec())
}

fn said(text: &str) -> Vec<String> {
    read(text).1.iter().map(ToString::to_string).collect()
}

#[test]
fn columns_come_in_any_order_with_comments_and_windows_line_ends() {
    let text = "\u{feff}# devices\r\n\r\nAddress , Name,expected licenses,Group\r\n192.0.2.1,core-1,network-advantage=3;dna-advantage=2,a; b\r\n# old\r\n\r\n\"192.0.2.2\" , core-2,,\r\n,,,\r\n";
    let (rows, problems) = read(text);
    assert!(problems.is_empty(), "{problems}");
    let [one, two] = rows.rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((one.name.as_str(), one.line), ("core-1", 4));
    assert_eq!(one.identity.address.as_ref().unwrap().to_string(), "192.0.2.1");
    assert_eq!(one.settings.expected_licenses.as_ref().unwrap()["dna-advantage"], 2);
    assert_eq!(one.identity.group.as_ref().unwrap().names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((two.name.as_str(), two.line), ("core-2", 7));
    assert!(two.states("address") && !two.states("group"));
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = "name,address,port,platform,legacy_algorithms,expected_licenses\n\
                ok,192.0.2.1,22,ios-xe,TRUE,a=1\n\
                \"a, b\",10.0.0.300,70000,ios_xe,maybe,a\n\
                ,192.0.2.3,,,,\n\
                short,192.0.2.4\n\
                long,192.0.2.5,,,,,more\n\
                fine,192.0.2.6,,,,,,\n";
    assert_eq!(
        said(text),
        [
            "devices.csv:3:1: `name` must be of letters, digits and . _ - : @ + ( ) # and must not begin with \"-\" or \".\"",
            "devices.csv:3:8: `address` must be an IPv4 or IPv6 address or a host name; an IPv4 address is four numbers from 0 to 255 without leading zeros",
            "devices.csv:3:19: `port` must be a port, a whole number from 1 to 65535",
            "devices.csv:3:25: `platform` must be one of \"ios\", \"ios-xe\", \"nx-os\", \"ios-xr\", \"aireos\", \"asa\"; did you mean \"ios-xe\"?",
            "devices.csv:3:32: `legacy_algorithms` must be true or false",
            "devices.csv:3:38: `expected_licenses` must be licences with their counts, such as network-advantage=3; dna-advantage=3",
            "devices.csv:4:1: this row has no name",
            "devices.csv:5:1: this row has 2 cells, but there are 6 columns",
            "devices.csv:6:1: this row has 7 cells, but there are 6 columns",
        ]
    );
}

#[test]
fn a_wrong_cell_is_drawn_with_its_row() {
    let drawn = read("name,address\ncore-1,10.0.0.300\n").1.render(false);
    let expected =
        "  × `address` must be an IPv4 or IPv6 address or a host name; an IPv4 address is four numbers from
  │ 0 to 255 without leading zeros
   ╭─[devices.csv:2:8]
 2 │ core-1,10.0.0.300
   ·        ─────┬────
   ·             ╰── here
   ╰────
  help: correct the cell, or leave it empty
";
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn columns_are_known_and_once() {
    let errors: Vec<_> =
        read("name,addres,site,Site,\n").1.iter().map(|it| format!("{it} | {}", it.remedy)).collect();
    assert!(
        errors[0].starts_with("devices.csv:1:6: unknown column \"addres\" | did you mean \"address\"?"),
        "{errors:?}"
    );
    assert!(errors[1].starts_with("devices.csv:1:18: column \"site\" is there twice"), "{errors:?}");
    assert!(errors[2].ends_with("name the column, or remove it"), "{errors:?}");
    assert!(said("address\n192.0.2.1\n")[0].contains("there is no column \"name\""));
    assert!(read("name;address\nx;192.0.2.1\n").1.to_string().contains("not by semicolons"));
    for empty in ["", "# nothing\n", "\r\n\r\n"] {
        assert_eq!(said(empty), ["devices.csv: there is no header line"]);
    }
}

#[test]
fn a_quote_left_open_is_found_where_it_opens() {
    let errors = said("name,notes\na,\"open\nb,closed\"\nc,\n");
    assert_eq!(errors, ["devices.csv:2:3: a quoted cell goes over several lines"]);
    let (rows, problems) = read("name,notes\na,\"say \"\"hi\"\", twice\"\nb,it is 5\"\"6\nc,\"\"\n");
    assert!(problems.is_empty(), "{problems}");
    assert_eq!(rows.rows[0].settings.notes.as_ref().unwrap().as_str(), "say \"hi\", twice");
    assert_eq!(rows.rows[1].line, 3);
    assert!(!rows.rows[2].states("notes"));
}

#[test]
fn other_encodings_are_named() {
    let said = |bytes: &[u8]| Rows::read("d.csv", bytes.to_vec()).1.to_string();
    assert!(said(b"\xff\xfen\0").contains("UTF-16"));
    assert!(said(b"name\nh\xe5\n").contains("line 2 is not UTF-8"));
}

#[test]
fn a_password_in_an_inventory_is_never_repeated() {
    const PLANTED: &str = "pl4nted-s3cret";
    for text in [
        "name,address,password\na,10.0.0.300,PLANTED\n",
        "name,password,address\na,\"PLANTED\",10.0.0.300,PLANTED\n",
        "name,jump\na,ops:PLANTED@gate\n",
        "name,address\na,192.0.2.1,PLANTED\n",
    ] {
        let (rows, problems) = read(&text.replace("PLANTED", PLANTED));
        let all = format!("{rows:?} {problems} {problems:?} {}", problems.render(false));
        assert!(!problems.is_empty() && !all.contains(PLANTED), "{all}");
    }
}

#[test]
fn many_devices_are_read_in_linear_time_and_too_many_refused() {
    let many = |count: usize| {
        let rows: String = (0..count).map(|n| format!("d{n},192.0.2.1\n")).collect();
        read(&format!("name,address\n{rows}"))
    };
    let (rows, problems) = many(MOST_ROWS);
    assert!(
        problems.is_empty() && rows.rows.len() == MOST_ROWS && rows.rows[MOST_ROWS - 1].line == MOST_ROWS + 1
    );
    assert!(many(MOST_ROWS + 1).1.to_string().contains("more than 100000 devices"));
}

#[test]
fn a_quote_behind_a_closed_one_is_text() {
    let (found, _) = cells("\"\"name\",x", 0);
    assert_eq!(found, [0..7, 8..9]);
}

proptest::proptest! {
    #[test]
    fn cells_are_where_the_csv_reader_finds_them(text in "([a-c ,\"\r\n#é]|name)*") {
        // Whatever the bytes are, each cell of the reader has a place, and reading does not panic.
        let (_, problems) = read(&text);
        proptest::prop_assert!(problems.is_empty() || !problems.render(false).is_empty());
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
        for record in reader.records().flatten() {
            let start = beginning(&text, usize::try_from(record.position().unwrap().byte()).unwrap());
            let (cells, _) = cells(&text, start);
            proptest::prop_assert_eq!(cells.len(), record.len(), "{:?} {:?}", record, text);
        }
    }
}
