//! Goal: every paper is readable, complete, leaks nothing and is the same twice.

use super::font::width_mm;
use super::layout::{Layout, PaperSize, Run};
use super::sheet::SMALLEST_PT;
use super::*;
use jukung_crypto::receipt_token::{Claims, Device, certify, issue, to_text};
use jukung_crypto::sign::public_key;
use std::path::{Path, PathBuf};
use std::process::Command;

fn facts() -> ReceiptFacts {
    let kept = |name: &str| PaperKept { name: name.into(), done: "asli dikembalikan".into() };
    ReceiptFacts {
        office: "Kantor Kelurahan Rantau Kiwa".into(),
        agency: "Dinas Dukcapil Kabupaten Tapin".into(),
        number: "K7F-3M8-2TW".into(),
        proof: String::new(),
        words: ["sungai".into(), "perahu".into()],
        spoken: "Kilo tujuh Foxtrot – tiga Mike delapan – dua Tango Whiskey".into(),
        resident: "Ibu Siti Aminah".into(),
        service: "Akta Kelahiran".into(),
        subject: "Muhammad Rizki Ramadhan".into(),
        papers: vec![kept("Kartu Keluarga"), kept("KTP ibu"), kept("Surat keterangan lahir"), kept("Buku nikah")],
        promised: Some("Rabu, 12 Agustus 2026".into()),
        hotline: "0811-5000-123".into(),
        hotline_hours: "Senin–Jumat 08.00–15.00".into(),
        contact: Some("Rizal (cucu) 0812-3456-7890".into()),
        delivery: "Akta diantar ke rumah oleh petugas Pos".into(),
        officer: "Rahmah".into(),
        received: "Rabu, 5 Agustus 2026, 10.14 WITA".into(),
        clock: Clock::Sure,
        copy: 0,
        sample: false,
    }
}

/// The address of a real token, as long as they get.
fn address() -> String {
    let device = Device {
        district: 6305,
        code: "K7F".into(),
        valid_s: (1_790_000_000, 1_824_560_000),
        key: public_key(&[9; 32]),
    };
    let claims = Claims {
        office: 6_305_041_004,
        issued_s: 1_795_000_000,
        number: "K7F-10417-N".into(),
        group: 3,
        documents: 12,
        initials: "SAN".into(),
        nonce: [1; 8],
        digest: [2; 16],
    };
    let token = issue(&[9; 32], &certify(&[7; 32], &device).expect("certificate"), &claims).expect("token");
    format!("https://dukcapil.hulusungaiselatankab.go.id/asli#{}", to_text(&token))
}

fn signed() -> ReceiptFacts {
    ReceiptFacts { proof: address(), ..facts() }
}

/// Sixty-letter names, twelve papers, a copy, an unsure clock and sample data, all at once.
fn longest() -> ReceiptFacts {
    let long = "Raden Ajeng Siti Nurhaliza Kusumawardhani Binti Haji Abdurrah";
    let mut all = facts();
    all.resident = format!("Ibu {long}");
    all.subject = "W".repeat(60);
    all.papers = (1..=12)
        .map(|n| PaperKept {
            name: format!("Surat pernyataan nomor {n} yang namanya panjang sekali"),
            done: "asli dikembalikan".into(),
        })
        .collect();
    all.contact = Some(format!("{long} (tetangga) 0812-3456-7890"));
    all.clock = Clock::Unsure;
    all.copy = 2;
    all.sample = true;
    all
}

fn consent() -> ConsentFacts {
    ConsentFacts {
        office: "Kantor Kelurahan Rantau Kiwa".into(),
        resident: "Ibu Siti Aminah".into(),
        service: "Akta Kelahiran".into(),
        text: "Data Ibu dipakai hanya untuk mengurus Akta Kelahiran cucu Ibu. Yang melihat: petugas loket ini dan Dinas Dukcapil Kabupaten Tapin. Data disimpan sesuai aturan arsip negara. Ibu boleh bertanya, memperbaiki, atau membatalkan sebelum akta terbit. Kalau Ibu tidak setuju, berkas tidak kami kirim.".into(),
        ticks: vec!["Boleh kirim kabar WhatsApp ke Rizal (cucu) 0812-3456-7890".into()],
        day: "Rabu, 5 Agustus 2026".into(),
        sample: false,
    }
}

fn to_bring() -> RequirementFacts {
    let bring = |name: &str, needed, instead: &[&str]| PaperToBring {
        name: name.into(),
        needed,
        instead: instead.iter().map(|s| (*s).into()).collect(),
    };
    RequirementFacts {
        office: "Kantor Kelurahan Rantau Kiwa".into(),
        service: "Akta Kelahiran".into(),
        papers: vec![
            bring(
                "Surat keterangan lahir dari bidan atau rumah sakit",
                true,
                &["SPTJM Kebenaran Data Kelahiran (F-2.03), dengan dua saksi"],
            ),
            bring(
                "Buku nikah atau akta perkawinan orang tua",
                true,
                &["SPTJM Kebenaran sebagai Pasangan Suami Istri (F-2.04)"],
            ),
            bring("Kartu Keluarga", true, &[]),
            bring("KTP-el ayah, ibu dan pelapor", true, &[]),
            bring("Surat kuasa", false, &[]),
        ],
        product: "Kutipan Akta Kelahiran".into(),
        days: Some(3),
        since: Some("1 Jul 2026".into()),
        agency: "Dinas Dukcapil Kabupaten Tapin".into(),
        hotline: "0811-5000-123".into(),
    }
}

fn every() -> Vec<(&'static str, Layout)> {
    let copy = ReceiptFacts { copy: 1, ..facts() };
    vec![
        ("receipt-a5", receipt(&facts(), PaperSize::A5)),
        ("receipt-a4", receipt(&facts(), PaperSize::A4)),
        ("receipt-signed-a5", receipt(&signed(), PaperSize::A5)),
        ("receipt-signed-a4", receipt(&signed(), PaperSize::A4)),
        ("copy-a5", receipt(&copy, PaperSize::A5)),
        ("copy-signed-a5", receipt(&ReceiptFacts { copy: 1, ..signed() }, PaperSize::A5)),
        ("longest-a5", receipt(&longest(), PaperSize::A5)),
        ("longest-a4", receipt(&longest(), PaperSize::A4)),
        ("consent", consent_sheet(&consent())),
        ("requirements-a4", requirement_sheet(&to_bring(), PaperSize::A4)),
        ("requirements-a5", requirement_sheet(&to_bring(), PaperSize::A5)),
        ("complaint-a5", complaint_slip(&complaint(), PaperSize::A5)),
        ("left-a5", left_slip(&left())),
        ("poster-a4", poster(&super::poster::tests::on_the_wall())),
    ]
}

fn left() -> LeftFacts {
    LeftFacts {
        school: "SDN Binuang 2".into(),
        office: "Kantor Kelurahan Rantau Kiwa".into(),
        agency: "Dinas Dukcapil Kabupaten Tapin".into(),
        name: "Ahmad Rizki Ramadhan".into(),
        ends: "…9901".into(),
        service: "Kartu Identitas Anak (KIA)".into(),
        day: "Rabu, 5 Agustus 2026".into(),
        originals: vec!["Kutipan akta kelahiran anak".into(), "Kartu Keluarga".into(), "KTP-el orang tua".into()],
        hotline: "0811-5000-123".into(),
        helper: "Ibu Laila".into(),
        letter: "800/12/SDN-B2/2026".into(),
        sample: true,
    }
}

fn complaint() -> ComplaintFacts {
    ComplaintFacts {
        office: "Kantor Kelurahan Rantau Kiwa".into(),
        agency: "Dinas Dukcapil Kabupaten Tapin".into(),
        number: "K7F-3M8-2TW".into(),
        spoken: "Kilo tujuh Foxtrot – tiga Mike delapan – dua Tango Whiskey".into(),
        words: ["sungai".into(), "perahu".into()],
        topic: "Terlalu lama, berkas K7F-0417-N.".into(),
        due: "Rabu, 12 Agustus 2026".into(),
        site: "https://dukcapil.hulusungaiselatankab.go.id/".into(),
        officer: "Siti".into(),
        received: "Rabu, 5 Agustus 2026, 10.14 WITA".into(),
        clock: Clock::Unsure,
        sample: true,
    }
}

fn all_text(layout: &Layout) -> String {
    layout.pages.iter().flat_map(|p| &p.runs).map(|r| r.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Whether the tool is here; under CI=true a missing one fails the test, elsewhere it is said.
fn tool(name: &str) -> bool {
    let here =
        Command::new("sh").args(["-c", &format!("command -v {name}")]).output().is_ok_and(|o| o.status.success());
    assert!(
        here || std::env::var("CI").as_deref() != Ok("true"),
        "{name} is missing; install poppler-utils, qpdf and zbar-tools"
    );
    if !here {
        println!("not checked: {name} is missing (install poppler-utils, qpdf and zbar-tools)");
    }
    here
}

fn run(program: &str, args: &[&str]) -> (bool, String) {
    let out = Command::new(program).args(args).output().expect("tool runs");
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
}

fn written(dir: &Path, name: &str, layout: &Layout) -> String {
    let path = dir.join(format!("{name}.pdf"));
    std::fs::write(&path, to_pdf(layout).expect("pdf")).expect("written");
    path.to_string_lossy().into_owned()
}

#[test]
fn no_line_leaves_the_page_overlaps_another_or_is_smaller_than_12_points() {
    for (name, layout) in every() {
        for page in &layout.pages {
            let boxes: Vec<(f32, f32, f32, f32)> = page
                .runs
                .iter()
                .map(|r| {
                    assert!(r.size_pt >= SMALLEST_PT, "{name}: {} is {} pt", r.text, r.size_pt);
                    let height = r.size_pt * font::MM_PER_PT;
                    (r.x, r.y - height * 0.75, r.x + width_mm(r.face, r.size_pt, &r.text), r.y + height * 0.2)
                })
                .collect();
            for (i, a) in boxes.iter().enumerate() {
                assert!(
                    a.0 >= 10.0 && a.2 <= layout.width - 10.0 && a.1 >= 8.0 && a.3 <= layout.height - 8.0,
                    "{name}: {}",
                    page.runs[i].text
                );
                for (j, b) in boxes.iter().enumerate().skip(i + 1) {
                    let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                    assert!(apart, "{name}: {:?} over {:?}", page.runs[i].text, page.runs[j].text);
                }
            }
        }
    }
}

#[test]
fn no_text_runs_into_the_qr() {
    let with_qr = every().into_iter().filter(|(_, layout)| !layout.pages[0].codes.is_empty());
    let mut seen = 0;
    for (name, layout) in with_qr {
        let (page, code) = (&layout.pages[0], &layout.pages[0].codes[0]);
        let side = code.rows.len() as f32 * code.module;
        assert!(side >= 25.0 && code.module >= 0.4, "{name}: the QR is {side} mm, a module {}", code.module);
        let quiet = 4.0 * code.module - 0.01;
        let beside = |r: &&Run| {
            let height = r.size_pt * font::MM_PER_PT;
            r.y - height < code.y + side && r.y + height * 0.2 > code.y - quiet
        };
        for r in page.runs.iter().filter(beside) {
            assert!(r.x + width_mm(r.face, r.size_pt, &r.text) <= code.x - quiet, "{name}: {}", r.text);
        }
        seen += 1;
    }
    assert_eq!(seen, 10, "every receipt, the slip of a complaint and the poster have one");
}

#[test]
fn the_same_facts_give_the_same_bytes_within_16_kilobytes() {
    for (name, layout) in every() {
        let first = to_pdf(&layout).expect("pdf");
        assert_eq!(first, to_pdf(&layout).expect("pdf again"), "{name}");
        println!("{name}: {} bytes, {} pages", first.len(), layout.pages.len());
        if ["receipt", "copy", "complaint"].iter().any(|kind| name.starts_with(kind)) {
            assert!(first.len() <= 16 * 1024, "{name}: {} bytes", first.len());
            assert_eq!(layout.pages.len(), 1, "{name} fits one page");
        }
    }
}

#[test]
fn the_receipt_says_everything_and_never_a_nik() {
    let mut with_nik = facts();
    with_nik.officer = "Rahmah 6305041234560001".into();
    with_nik.subject = "6305 0412 3456 0001".into();
    for size in [PaperSize::A5, PaperSize::A4] {
        let text = all_text(&receipt(&with_nik, size));
        assert!(!text.contains("6305"), "{text}");
        let text = all_text(&receipt(&facts(), size));
        for needed in [
            "tersimpan di Kantor",
            "akan dikirim",
            "APA SELANJUTNYA",
            "12 Agustus 2026",
            "0811-5000-123",
            "GRATIS",
            "1708",
            "bukan dokumen",
        ] {
            assert!(text.contains(needed), "{needed} in {text}");
        }
        assert!(!text.contains("diterima Dinas") && !text.contains("SALINAN") && !text.contains("CONTOH"));
        let text = all_text(&receipt(&longest(), size));
        assert!(text.contains("SALINAN KE-2") && text.contains("CONTOH") && text.contains("belum pasti"));
        assert!((1..=12).all(|n| text.contains(&format!("nomor {n} "))), "no paper is lost over a page break");
    }
}

#[test]
fn the_slip_of_a_complaint_says_by_when_where_and_the_way_outside() {
    let text = all_text(&complaint_slip(&complaint(), PaperSize::A5)).replace("  ", " ");
    let needed = [
        "K7F-3M8-2TW",
        "sungai perahu",
        "12 Agustus 2026",
        "hulusungaiselatankab.go.id/cek",
        "LAPOR!",
        "GRATIS",
        "belum pasti",
    ];
    for part in needed {
        assert!(text.contains(part), "{part} in {text}");
    }
    let without = all_text(&complaint_slip(&ComplaintFacts { site: String::new(), ..complaint() }, PaperSize::A5));
    assert!(!without.contains("/cek") && without.contains("dengan kertas ini"), "{without}");
}

#[test]
fn the_slip_of_a_school_says_what_it_is_not_what_comes_next_and_what_to_bring() {
    let layout = left_slip(&LeftFacts { name: "Ahmad 6305041234560001".into(), ..left() });
    let text = all_text(&layout).replace("  ", " ");
    assert_eq!(layout.pages.len(), 1);
    let needed = ["belum bukti terima", "…9901", "5 Agustus 2026", "Kartu Keluarga", "Ibu Laila", "800/12", "GRATIS"];
    for part in needed {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("6305"), "{text}");
}

#[test]
fn the_list_to_bring_tells_the_six_parts_of_a_service() {
    let text = all_text(&requirement_sheet(&to_bring(), PaperSize::A4));
    let six = [
        "Kartu Keluarga",
        "Dinas Dukcapil Kabupaten Tapin memeriksa",
        "3 hari kerja setelah berkas lengkap",
        "GRATIS",
        "Kutipan Akta Kelahiran.",
        "LAPOR!",
        "Syarat versi 1 Jul 2026.",
    ];
    for part in six {
        assert!(text.replace("  ", " ").contains(part), "{part} in {text}");
    }
    let unpromised = all_text(&requirement_sheet(&RequirementFacts { days: None, ..to_bring() }, PaperSize::A4));
    assert!(!unpromised.contains("hari kerja") && unpromised.contains("Tanyakan kepada petugas."));
}

#[test]
fn readers_find_the_text_the_structure_and_the_qr() {
    let own = tempfile::tempdir().expect("folder");
    // JUKUNG_PAPERS=DIR keeps them, to be looked at.
    let dir = std::env::var("JUKUNG_PAPERS").map_or_else(|_| own.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&dir).expect("folder");
    for (name, layout) in every() {
        let path = written(&dir, name, &layout);
        if tool("qpdf") {
            assert!(run("qpdf", &["--check", &path]).0, "{name}: qpdf");
        }
        let numbered = !["consent", "requirements", "left", "poster"].iter().any(|kind| name.starts_with(kind));
        if tool("pdftotext") && numbered {
            let text = run("pdftotext", &["-layout", &path, "-"]).1;
            assert!(text.contains("K7F-3M8-2TW") && text.contains("Siti"), "{name}: {text}");
        }
        if tool("pdftoppm") && tool("zbarimg") {
            let png = dir.join(name).to_string_lossy().into_owned();
            assert!(run("pdftoppm", &["-r", "200", "-png", &path, &png]).0, "{name}: pdftoppm");
            if numbered {
                let first = format!("{png}-1.png");
                let held = if name.contains("signed") { address() } else { "K7F-3M8-2TW".into() };
                assert_eq!(run("zbarimg", &["-q", "--raw", &first]).1.trim(), held, "{name}");
            }
        }
    }
}

#[test]
fn the_preview_shows_every_text_of_the_paper_and_escapes_it() {
    let svg = to_svg(&receipt(&ReceiptFacts { officer: "A <b> & \"c\"".into(), ..facts() }, PaperSize::A5));
    assert_eq!(svg.len(), 1);
    assert!(svg[0].contains("A &lt;b&gt; &amp; &quot;c&quot;") && svg[0].contains("K7F-3M8-2TW"));
}
