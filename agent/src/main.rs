//! The one binary: hands the command line to [`licwatch::cli`].

fn main() -> std::process::ExitCode {
    licwatch::cli::main()
}
