//! A collector on loopback until Ctrl-C, for trying deliveries by HTTP:
//!
//! ```text
//! cargo run -p licwatch-simulator --example collect -- --listen 127.0.0.1:8080 --ledger /tmp/ledger
//! ```
//!
//! Its URL stands on stdout. With `--faults` every second request meets with a fault, one kind after the other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use licwatch_simulator::collector::{Collector, Reply};

/// Collects what agents deliver.
#[derive(Debug, Parser)]
#[command(name = "collect")]
struct Options {
    /// Where to listen, on loopback; port 0 lets the system choose.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,
    /// A file to append every line to that is taken, before it is acknowledged.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// Every second request meets with a fault.
    #[arg(long)]
    faults: bool,
    /// Stops after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match collect(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn collect(options: Options) -> std::io::Result<()> {
    let mut builder = Collector::builder().listen(options.listen);
    if let Some(path) = options.ledger {
        builder = builder.ledger(path);
    }
    let collector = builder.start().await?;
    println!("{}", collector.url());
    let until = async {
        match options.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let faults = async {
        let kinds = [
            Reply::Status(500),
            Reply::RetryAfter(429, 1),
            Reply::HalfAnswer,
            Reply::TakeAndDrop,
            Reply::Slow(Duration::from_secs(1)),
            Reply::Garbage,
        ];
        for kind in kinds.into_iter().cycle() {
            let seen = collector.book().requests();
            collector.next([kind, Reply::Take]);
            collector.until(|book| book.requests() >= seen + 2).await;
        }
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        () = until => {}
        () = faults, if options.faults => {}
    }
    let book = collector.book();
    let (requests, lines, repeats) = (book.requests(), book.lines().len(), book.repeats());
    eprintln!("{requests} requests, {lines} lines, {repeats} of them again");
    collector.stop().await;
    Ok(())
}
