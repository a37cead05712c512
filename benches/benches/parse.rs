//! Parsing beside the least that reading the same bytes can cost, a scan for line ends.
//!
//! `cargo bench -p licwatch-benches`: for each output MB/s of the whole parse (cleaning, grammar, record), the same
//! with carriage returns to clean away, and of the scan; and, once, the heap allocations of one parse. Read the
//! ratios: the machine's speed drifts.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use licwatch_benches::{CASES, Case};
use licwatch_parsers::parse;
use licwatch_parsers::text::Cleaned;

fn parse_case(raw: &[u8], case: &Case) -> usize {
    let capture = Cleaned::new(black_box(raw));
    let record = parse(&capture, case.hints);
    record.licenses.as_ref().map_or(0, Vec::len)
}

fn line_scan(raw: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', black_box(raw)).count()
}

/// The capture as a terminal sends it: every line ends in carriage return and line feed.
fn with_carriage_returns(raw: &[u8]) -> Vec<u8> {
    raw.split_inclusive(|byte| *byte == b'\n').fold(Vec::new(), |mut wire, line| {
        match line.strip_suffix(b"\n") {
            Some(line) => wire.extend_from_slice(&[line, b"\r\n"].concat()),
            None => wire.extend_from_slice(line),
        }
        wire
    })
}

fn parsing(criterion: &mut Criterion) {
    allocations();
    for case in &CASES {
        let mut group = criterion.benchmark_group(case.name);
        group.throughput(Throughput::Bytes(case.raw.len() as u64));
        group.bench_with_input(BenchmarkId::new("parse", "clean"), case, |bencher, case| {
            bencher.iter(|| parse_case(case.raw, case));
        });
        let wire = with_carriage_returns(case.raw);
        group.bench_with_input(BenchmarkId::new("parse", "as on the wire"), case, |bencher, case| {
            bencher.iter(|| parse_case(&wire, case));
        });
        group.bench_with_input(BenchmarkId::new("memchr", "line scan"), case, |bencher, case| {
            bencher.iter(|| line_scan(case.raw));
        });
        group.finish();
    }
}

/// Heap allocations of one parse, counted by the allocator.
fn allocations() {
    println!(
        "{:<28} {:>8} {:>12} {:>12}  {:>12}",
        "output", "bytes", "allocations", "heap bytes", "most at once"
    );
    for case in &CASES {
        let heap = allocation_counter::measure(|| {
            black_box(parse_case(case.raw, case));
        });
        println!(
            "{:<28} {:>8} {:>12} {:>12}  {:>12}",
            case.name,
            case.raw.len(),
            heap.count_total,
            heap.bytes_total,
            heap.bytes_max
        );
    }
}

criterion_group!(benches, parsing);
criterion_main!(benches);
