//! `licwatch man`: the manual pages, one for each verb.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Exit, print};

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The verb whose page is printed, such as "config show"; that of licwatch itself if not given.
    verb: Vec<String>,
    /// Writes every page to this folder instead, which is made if need be.
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Exit {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    match &args.out {
        Some(folder) => match write(&root, folder) {
            Ok(paths) => {
                print::all(paths.iter().map(|path| format!("{}\n", path.display())).collect::<String>())
            }
            Err(error) => {
                print::error(format_args!("the pages cannot be written to {}: {error}", folder.display()));
                Exit::Usage
            }
        },
        None => page_of(&root, &args.verb),
    }
}

fn page_of(root: &Command, verb: &[String]) -> Exit {
    let mut command = root;
    // "config show" as one word or as two.
    for word in verb.iter().flat_map(|words| words.split_whitespace()) {
        let Some(inner) = command.find_subcommand(word) else {
            let there: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
            print::error(format_args!("there is no verb \"{word}\" here; there are: {}", there.join(", ")));
            return Exit::Usage;
        };
        command = inner;
    }
    match page(command) {
        Ok(page) => print::all(String::from_utf8_lossy(&page)),
        Err(error) => {
            print::error(format_args!("the page cannot be made: {error}"));
            Exit::Nothing
        }
    }
}

fn write(root: &Command, folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut paths = Vec::new();
    let mut rest = vec![root];
    while let Some(command) = rest.pop() {
        let path = folder.join(Man::new(command.clone()).get_filename());
        std::fs::write(&path, page(command)?)?;
        paths.push(path);
        rest.extend(command.get_subcommands().filter(|command| !command.is_hide_set()));
    }
    paths.sort();
    Ok(paths)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).manual("licwatch").render(&mut page)?;
    Ok(page)
}
