#!/usr/bin/env bash
# Draws the sample scans beside it with ImageMagick: plainly made up, small enough for 2G. Needed only to change them.
set -euo pipefail
cd "$(dirname "$0")"
convert="${CONVERT:-/usr/bin/convert}"
font=../../paper/fonts/NotoSans-Bold.ttf

# paper FILE SIZE TITLE LINE…: a sheet with a title, lines of writing, and the word CONTOH across it.
paper() {
  local file="$1" size="$2" title="$3" y=150 lines=()
  shift 3
  for line in "$@"; do
    lines+=(-pointsize 30 -annotate "+60+$y" "$line" -draw "line 60,$((y + 44)) 760,$((y + 44))")
    y=$((y + 70))
  done
  "$convert" -size "$size" xc:'#f7f3e8' -font "$font" -fill '#2b2b2b' -stroke none -gravity NorthWest \
    -pointsize 40 -annotate +60+60 "$title" -pointsize 30 "${lines[@]}" \
    -fill '#c2483888' -gravity Center -pointsize 120 -annotate -20x-20+0+60 CONTOH \
    -attenuate 0.08 +noise Gaussian -rotate 0.6 -strip -interlace none -sampling-factor 4:2:0 -quality 48 "$file"
}

paper ktp.jpg 860x540 "KARTU TANDA PENDUDUK" "NIK 6305044107489901" "Nama HALIMAH CONTOH" "Rantau Kiwa, 01-07-1948" "Bukan dokumen asli"
paper kk.jpg 1000x700 "KARTU KELUARGA" "No. 6305041203079901" "Kepala Keluarga: ABDUL CONTOH" "Kelurahan Rantau Kiwa" "Bukan dokumen asli"
paper birth-letter.jpg 850x1100 "SURAT KETERANGAN LAHIR" "Anak: RIZKI CONTOH RAMADHAN" "Ibu: SITI CONTOH AMINAH" "Puskesmas Contoh" "Bukan dokumen asli"
paper marriage-book.jpg 850x1100 "BUKU NIKAH" "FAUZI CONTOH" "SITI CONTOH AMINAH" "Nomor 0001/CONTOH/2020" "Bukan dokumen asli"
paper death-letter.jpg 850x1100 "SURAT KETERANGAN KEMATIAN" "Almarhum: ABDUL CONTOH GANI" "Dari Lurah Rantau Kiwa" "Bukan dokumen asli"
paper loss-report.jpg 850x1100 "SURAT KEHILANGAN" "Kepolisian Sektor Contoh" "KTP-el atas nama JUMIATI CONTOH" "Bukan dokumen asli"
paper certificate.jpg 850x1100 "KUTIPAN AKTA" "Nomor 6305-LT-CONTOH-0001" "Bukan dokumen asli"
paper face.jpg 472x708 "PAS FOTO" "Contoh"
