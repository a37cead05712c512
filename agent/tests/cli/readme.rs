//! What README.md shows is what the binary takes: every command line and every key of a configuration.

use std::fs;

use clap::Parser as _;
use licwatch::cli::Cli;
use licwatch::config::load;

/// A fenced block: what it holds, and the line where it begins.
struct Block {
    language: String,
    line: usize,
    text: String,
}

fn blocks() -> Vec<Block> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for (number, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), line: number + 2, text: String::new() });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(block)) => open = Some(Block { text: format!("{}{line}\n", block.text), ..block }),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// The commands of a line, each in its words as a shell reads them, up to a comment.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut word, mut quote): (Vec<Vec<String>>, Option<String>, Option<char>) =
        (vec![Vec::new()], None, None);
    // The space ends the last word.
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() || "|>;&".contains(c) => {
                commands.last_mut().unwrap().extend(word.take());
                if !c.is_whitespace() {
                    commands.push(Vec::new());
                }
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    commands
}

/// What licwatch is given by a command, if it is the one that runs.
fn arguments(command: &[String]) -> Option<&[String]> {
    let mut words = command;
    while let Some((first, rest)) = words.split_first() {
        match first.as_str() {
            "$" | "sudo" => words = rest,
            "-u" => words = rest.get(1..)?,
            "cargo" => {
                let own = words.iter().position(|word| word == "--")?;
                return (rest.first()? == "run").then(|| &words[own + 1..]);
            }
            program => return (program.rsplit('/').next() == Some("licwatch")).then_some(rest),
        }
    }
    None
}

#[test]
fn every_command_line_is_taken() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for block in blocks().iter().filter(|block| ["sh", "bash", "console"].contains(&block.language.as_str()))
    {
        // A line that goes on in the next one is one line.
        for line in block.text.replace("\\\n", " ").lines() {
            for command in commands(line) {
                let Some(given) = arguments(&command) else { continue };
                seen += 1;
                let all = std::iter::once("licwatch").chain(given.iter().map(String::as_str));
                if let Err(error) = Cli::try_parse_from(all)
                    && error.exit_code() != 0
                {
                    wrong.push(format!("block at README.md:{}: {line}\n{error}", block.line));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 5, "only {seen} command lines were found");
}

#[test]
fn every_configuration_is_taken() {
    let (mut before, mut seen) = (String::new(), 0);
    for block in blocks().iter().filter(|block| block.language == "toml") {
        // One that names what stands in those above it is read with them.
        let alone = taken(&block.text);
        let with_those_above = format!("{before}{}", block.text);
        if let Err(problem) = alone
            && taken(&with_those_above).is_err()
        {
            panic!("block at README.md:{}:\n{problem}", block.line);
        }
        before = with_those_above;
        seen += 1;
    }
    assert!(seen > 0, "no configuration was found");
}

/// Reads it as `licwatch.toml`, the inventory apart.
fn taken(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("licwatch.toml");
    fs::write(&file, text).unwrap();
    load(&file).map(drop).map_err(|error| error.to_string())
}

/// The search finds what it is to find.
#[test]
fn a_line_is_read_as_a_shell_reads_it() {
    let given = |line: &str| -> Vec<Vec<String>> {
        commands(line).iter().filter_map(|command| arguments(command).map(<[String]>::to_vec)).collect()
    };
    assert_eq!(given("cat x | licwatch parse - --json > y  # licwatch z"), [["parse", "-", "--json"]]);
    assert_eq!(given("$ sudo -u licwatch /usr/bin/licwatch hold set 'a b'"), [["hold", "set", "a b"]]);
    assert_eq!(given("cargo run --release -- demo"), [["demo"]]);
    assert_eq!(given("sudo install target/release/licwatch /usr/bin/"), [[""; 0]; 0]);
    assert!(Cli::try_parse_from(["licwatch", "poll", "--no-such"]).is_err());
    assert!(taken("[poll]\nno_such = 1\n").is_err());
}
