// Writes the region tables of one province into domain/data from the npm package idn-area-data (see docs/regions.md).
// Usage: npm install && node extract.mjs [province code, default 63]
import { getProvinces, getRegencies, getDistricts, getVillages } from 'idn-area-data';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const province = process.argv[2] ?? '63';
const data = fileURLToPath(new URL('../../domain/data/', import.meta.url));
const field = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const dotted = (code) => {
  const d = code.replaceAll('.', '');
  return [d.slice(0, 2), d.slice(2, 4), d.slice(4, 6), d.slice(6)].filter(Boolean).join('.');
};
const table = (rows) => ['code,name', ...rows.map((r) => `${dotted(r.code)},${field(r.name)}`)].join('\n') + '\n';
const ours = (rows) => rows.filter((r) => r.code.startsWith(province));

mkdirSync(`${data}${province}`, { recursive: true });
writeFileSync(`${data}provinces.csv`, table(await getProvinces()));
for (const [name, rows] of [
  ['regencies', await getRegencies()],
  ['districts', await getDistricts()],
  ['villages', await getVillages()],
]) {
  writeFileSync(`${data}${province}/${name}.csv`, table(ours(rows)));
  console.log(`${name}: ${ours(rows).length}`);
}
