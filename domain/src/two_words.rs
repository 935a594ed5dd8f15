//! The two words of a receipt by which a family knows a true message (peers.md N14): the same at the counter and at the
//! Dinas without a call between them, because both know the application's id, which no paper and no address shows.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// 256 short, common words that most people can spell.
const WORDS: &str = "abu air akar alas alis angin angsa anyam apel arang asam atap awan ayam ayun baca badai baju bakul \
    balok bambu bangku bantal baris batang batik batu bawang bayam bebek beduk benang benih beras biji bintang bola buah \
    buaya bubur budi bukit buku bulan bulu bumi bunga burung busur cabai candi cangkir catur cermin cincin coklat cuaca \
    cumi dahan damar danau dapur daun delima desa dinding domba dongeng dupa durian ekor elang ember embun emas empang \
    enam engsel fajar gadis gajah galah gambar gambus gandum garam garis gaun gelas genteng gerbang getah gitar gula \
    gunung guru halaman haluan hangat harum hijau hujan hutan ikan ilalang intan itik jagung jahe jala jalan \
    jambu jamu jangkar jari jarum jati jembatan jendela jeruk jubah kabut kaca kakak kapal kapas kapur karang karet \
    kasur kawan kayu kebun kecapi kelapa keranjang kertas kijang kipas kolam kopi koran kota kuali kuda kulit kunci \
    kuning kunyit kursi labu lada ladang lagu lampu langit lautan layang lebah lemari lengkuas lentera lidi lilin \
    limau lontar lumbung madu malam mandau mangga manik matahari mawar mega melati merak merah merpati meja minyak \
    mobil mutiara naga nanas nangka nasi nelayan nyala nyiur ombak padi pagar paku palem panah pandan pantai \
    papan pasar pasir payung pelangi pena perahu perak petani pinang pintu pipa pisang piring pohon pondok puisi pulau \
    purnama putih rajut rakit rambutan ranting rawa rebana roda rotan ruas rumah rumput rusa sabit sagu salak sampan \
    sapu sarang sawah sayur seruling siput suara subuh sungai surya tali taman tebu telaga tembaga tenun tepung tikar tiang tinta topi \
    udang";

fn words() -> Vec<&'static str> {
    WORDS.split_whitespace().take(256).collect()
}

/// The two words of an application.
#[must_use]
pub fn of(application: Uuid) -> [&'static str; 2] {
    let words = words();
    let hash = Sha256::new().chain_update(b"jukung-two-words-1\n").chain_update(application.as_bytes()).finalize();
    [hash[0], hash[1]].map(|at| words.get(usize::from(at)).copied().unwrap_or("jukung"))
}

/// Whether `text` names both words of the application, in this order, however they are written and divided.
#[must_use]
pub fn named(application: Uuid, text: &str) -> bool {
    let said: Vec<String> =
        text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    let [first, second] = of(application);
    said.windows(2).any(|pair| pair[0] == first && pair[1] == second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_256_different_words() {
        let words = words();
        let different: std::collections::BTreeSet<_> = words.iter().collect();
        assert_eq!((words.len(), different.len()), (256, 256));
    }

    #[test]
    fn the_words_never_change_and_are_read_however_they_are_written() {
        let application = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001);
        let [first, second] = of(application);
        assert_eq!([first, second], of(application));
        for text in [format!("{first} {second}"), format!("  {}-{}! ", first.to_uppercase(), second)] {
            assert!(named(application, &text), "{text}");
        }
        assert!(!named(application, &format!("{second}x {first}")));
        assert!(!named(application, ""));
    }
}
