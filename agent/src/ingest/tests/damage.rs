//! Drops that were damaged, or made to do damage.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn every_damage_is_refused_and_nothing_of_it_is_kept() {
    type Damage = fn(&Scene, &Published);
    fn edit_line(published: &Published, edit: impl FnOnce(String) -> String) {
        let records = edit(fs::read_to_string(&published.records).unwrap());
        fs::write(&published.records, &records).unwrap();
        change(&published.manifest, |manifest| {
            manifest["files"][0]["bytes"] = records.len().into();
            manifest["files"][0]["sha256"] = sha256(records.as_bytes()).into();
        });
    }
    let damages: [(&str, &str, Damage); 23] = [
        ("records cut", "bytes, its manifest says", |_, it| {
            let bytes = fs::read(&it.records).unwrap();
            fs::write(&it.records, &bytes[..bytes.len() - 7]).unwrap();
        }),
        ("records flipped", "its SHA-256 is", |_, it| {
            let mut bytes = fs::read(&it.records).unwrap();
            bytes[200] ^= 1;
            fs::write(&it.records, bytes).unwrap();
        }),
        ("records gone", "cannot be read", |_, it| fs::remove_file(&it.records).unwrap()),
        ("capture flipped", "its SHA-256 is", |_, it| {
            let path = it.raw.clone().unwrap().join("edge-1/01-show_license_all.txt");
            let mut bytes = fs::read(&path).unwrap();
            bytes[9] ^= 1;
            fs::write(&path, bytes).unwrap();
        }),
        ("capture is a link", "cannot be read", |scene, it| {
            let path = it.raw.clone().unwrap().join("edge-1/01-show_license_all.txt");
            fs::rename(&path, scene.folder.path().join("elsewhere")).unwrap();
            symlink(scene.folder.path().join("elsewhere"), &path).unwrap();
        }),
        ("folder is a link", "cannot be read", |scene, it| {
            let path = it.raw.clone().unwrap();
            fs::rename(&path, scene.folder.path().join("elsewhere")).unwrap();
            symlink(scene.folder.path().join("elsewhere"), &path).unwrap();
        }),
        ("records are a folder", "no ordinary file", |_, it| {
            fs::remove_file(&it.records).unwrap();
            fs::create_dir(&it.records).unwrap();
        }),
        ("lines counted wrongly", "it has 1 lines, its manifest says 2", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["lines"] = 2.into());
        }),
        ("a name outside", "is no file below its folder", |scene, it| {
            fs::write(scene.folder.path().join("secret"), "x").unwrap();
            change(&it.manifest, |manifest| manifest["files"][0]["name"] = "../secret".into());
        }),
        ("an absolute name", "is no file below its folder", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["name"] = "/etc/passwd".into());
        }),
        ("a name twice", "twice", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][1] = manifest["files"][0].clone());
        }),
        ("another form", "its form is licwatch/drop-manifest/9", |_, it| {
            change(&it.manifest, |manifest| manifest["schema"] = "licwatch/drop-manifest/9".into());
        }),
        ("no JSON", "is damaged", |_, it| {
            let text = fs::read(&it.manifest).unwrap();
            fs::write(&it.manifest, &text[..text.len() / 2]).unwrap();
        }),
        ("a member missing", "missing field `sequence`", |_, it| {
            change(&it.manifest, |manifest| drop(manifest.as_object_mut().unwrap().remove("sequence")));
        }),
        ("a huge file", "more than is taken in at once", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["bytes"] = (1_u64 << 40).into());
        }),
        ("many lines", "more than is taken in at once", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["lines"] = 20_001.into());
        }),
        ("a huge number", "is no number of a drop", |_, it| {
            change(&it.manifest, |manifest| manifest["sequence"] = u64::MAX.into());
        }),
        ("a line of another form", "line 1 has the form licwatch/device-record/2", |_, it| {
            edit_line(it, |line| line.replacen("licwatch/device-record/1", "licwatch/device-record/2", 1));
        }),
        ("a line that is no JSON", "line 1 is no JSON", |_, it| {
            edit_line(it, |line| line.replacen('{', "", 1));
        }),
        ("a line without an end", "does not end", |_, it| edit_line(it, |line| line.trim_end().to_owned())),
        ("a line without an id", "line 1 is no observation", |_, it| {
            edit_line(it, |line| line.replacen("\"outcome\"", "\"outgone\"", 1));
        }),
        ("a line with too many answers", "line 1 rests on more than 1000 answers", |_, it| {
            edit_line(it, |line| {
                let mut line: Value = serde_json::from_str(&line).unwrap();
                let source = line["sources"][0].clone();
                line["sources"] = vec![source; 1001].into();
                format!("{line}\n")
            });
        }),
        ("a device like a path", "no usable name", |_, it| {
            edit_line(it, |line| line.replacen("\"device\":\"edge-1\"", "\"device\":\"a/b\"", 1));
        }),
    ];
    for (name, words, damage) in damages {
        let scene = Scene::new();
        let published = scene.publish("branch", &[&answer("branch", "edge-1")]);
        damage(&scene, &published);
        let error = scene.take(&published.manifest).expect_err(name);
        assert!(error.to_string().contains(words), "{name}: {error}");
        for table in ["observations", "captures", "events", "carried_drops", "outbox", "devices"] {
            let sql: &'static str = Box::leak(format!("SELECT count(*) FROM {table}").into_boxed_str());
            assert_eq!(scene.count(sql), 0, "{name}: {table}");
        }
        assert_eq!(scene.journal().len(), 1, "{name}: journal_begun alone");
    }
}
