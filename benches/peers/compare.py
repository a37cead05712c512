#!/usr/bin/env python3
"""What Genie, ntc-templates and licwatch read of the same captures: compare.py CORPUS OURS

CORPUS holds raw/<platform>/<command>/<case>.txt and truth/… .json, a person's reading; OURS is the program built from
src/main.rs. A field of the truth counts as read if its value stands anywhere in what a parser gives, as a value or as a
key: the names and the shape of the result do not matter. That is generous to all three, and more so to the parsers that
give the device's words back; licwatch is held to the place of each field by shared/conformance/check. Left out are fields
that only an own reading has: booleans, resolved times, durations in seconds, the licensing model.
"""
import collections, json, logging, pathlib, re, subprocess, sys, time

logging.disable(logging.CRITICAL)
OURS = {"iosxe": "ios-xe", "ios": "ios", "nxos": "nx-os", "iosxr": "ios-xr", "aireos": "aireos", "asa": "asa"}
GENIE = {"iosxe": "iosxe", "ios": "ios", "nxos": "nxos", "iosxr": "iosxr", "asa": "asa"}
NTC = {"iosxe": "cisco_ios", "ios": "cisco_ios", "nxos": "cisco_nxos", "iosxr": "cisco_xr",
       "aireos": "cisco_wlc_ssh", "asa": "cisco_asa"}
LEFT_OUT = re.compile(r"(^|\.)(utc|model_text|source)$|_seconds$|^licensing\.model$|^device\.platform$")
# Each capture is parsed again for this long, once it has been read.
MEASURED = 0.04


def normal(value):
    return re.sub(r"[^a-z0-9]+", "_", str(value).lower()).strip("_")


def wanted(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from wanted(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from wanted(inner, path)
    elif value is not None and not isinstance(value, bool) and not LEFT_OUT.search(path):
        yield normal(value)


def words(value):
    """Every key and every leaf of a result."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield normal(key)
            yield from words(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from words(inner)
    elif value is not None:
        yield normal(value)


def found(truth, result):
    said = set(words(result))
    long = [word for word in said if len(word) <= 120]
    return sum(1 for field in truth
               if field in said or (len(field) >= 5 and any(field in word for word in long)))


def cleaned(text):
    """The output as these parsers want it: no carriage returns, no echo, no prompt, no banner of the clock."""
    lines = text.replace("\r", "").split("\n")
    prompt = re.compile(r"^\s*[\w()/:.@ -]{1,60}[#>]\s*(sh\w*\b.*)?$")
    banner = re.compile(r"^(Load for |Time source is|No time source)")
    return "\n".join(line for line in lines if not prompt.match(line) and not banner.match(line))


def timed(parse, text):
    parse(text)
    begun, times = time.perf_counter(), 0
    while time.perf_counter() - begun < MEASURED:
        parse(text)
        times += 1
    return (time.perf_counter() - begun) / max(times, 1)


def genie(platform, command):
    from genie.conf.base import Device
    if platform not in GENIE:
        return None
    device = Device(name="device", os=GENIE[platform])
    device.custom = {"abstraction": {"order": ["os"]}}
    return lambda text: device.parse(command, output=text)


def ntc(platform, command):
    from ntc_templates.parse import parse_output
    return lambda text: parse_output(platform=NTC[platform], command=command, data=text)


def read(peer, platform, command, text):
    """The peer's best result, of the text as it is and cleaned, and the seconds for one reading."""
    best = None
    parse = peer(platform, command)
    for form in (text, cleaned(text)) if parse else ():
        try:
            result = parse(form)
            if result and (best is None or len(str(result)) > len(str(best[0]))):
                best = (result, timed(parse, form))
        except (Exception, SystemExit):
            # No template, no such command, an unforeseen line, a broken schema: nothing is read.
            continue
    return best


class Row:
    def __init__(self):
        self.captures = self.fields = 0
        self.files, self.found = collections.Counter(), collections.Counter()
        self.bytes, self.seconds = collections.Counter(), collections.Counter()

    def add(self, name, size, fields, seconds):
        self.files[name] += 1
        self.found[name] += fields
        self.bytes[name] += size
        self.seconds[name] += seconds

    def cell(self, name):
        if not self.files[name]:
            return f"{0:>5} {'–':>6} {'–':>9}"
        speed = self.bytes[name] / self.seconds[name] / 1e6
        return f"{self.files[name]:>5} {100 * self.found[name] / max(self.fields, 1):>5.1f}% {speed:>9.2f}"


def main():
    corpus, ours = pathlib.Path(sys.argv[1]), sys.argv[2]
    captures = []
    for truth in sorted((corpus / "truth").rglob("*.json")):
        raw = corpus / "raw" / truth.relative_to(corpus / "truth").with_suffix(".txt")
        platform, folder = truth.relative_to(corpus / "truth").parts[:2]
        fields = list(wanted(json.loads(truth.read_text())))
        captures.append((raw, platform, folder.replace("_", " ").replace("right to use", "right-to-use"), fields))
    listing = "".join(f"{raw}\t{OURS[platform]}\t{command}\n" for raw, platform, command, _ in captures)
    printed = subprocess.run([ours], input=listing, capture_output=True, text=True, check=True).stdout
    records = {line["path"]: line for line in map(json.loads, printed.splitlines())}

    rows = collections.defaultdict(Row)
    for number, (raw, platform, command, fields) in enumerate(captures, 1):
        print(f"\r{number} of {len(captures)} captures", end="", file=sys.stderr, flush=True)
        text = raw.read_bytes().decode("utf-8", "replace")
        size = raw.stat().st_size
        licence = "licences" if "license" in command else "version, inventory, other"
        own = records[str(raw)]
        record = {key: value for key, value in own["record"].items() if key not in ("sources", "diagnostics")}
        results = {"licwatch": (record, own["ns"] / 1e9)}
        results |= {"genie": read(genie, platform, command, text), "ntc": read(ntc, platform, command, text)}
        for key in ((platform, licence), ("all", licence), ("all", "")):
            rows[key].captures += 1
            rows[key].fields += len(fields)
            for name, result in results.items():
                if result:
                    rows[key].add(name, size, found(fields, result[0]), result[1])
    print(file=sys.stderr)
    names = ["licwatch", "genie", "ntc"]
    print(f"{'platform':<8} {'captures of':<26} {'files':>5} {'fields':>6}"
          + "".join(f" | {name + ': read':>14} {'MB/s':>7}" for name in names))
    for key in sorted(rows, key=lambda key: (key[0] == "all", key)):
        row = rows[key]
        print(f"{key[0]:<8} {key[1]:<26} {row.captures:>5} {row.fields:>6}"
              + "".join(f" | {row.cell(name)}" for name in names))
    print("read: captures of which it gives anything, and the share of all fields of the row whose value is in it;"
          "\nMB/s: over the captures that it reads, each in its own process, one core, warm.")


if __name__ == "__main__":
    main()
