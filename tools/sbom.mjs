#!/usr/bin/env node
// sbom.mjs: what Jukung is made of, as CycloneDX 1.6 JSON on standard output, from Cargo.lock and ui/package-lock.json alone.
// Use: node tools/sbom.mjs > sbom.cdx.json     (no network, no tool, the same bytes for the same lock files)
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const cargo = read("Cargo.lock");
const npm = JSON.parse(read("ui/package-lock.json"));

/** The packages of Cargo.lock; its form is fixed, one `key = "value"` on each line. */
function crates() {
  const field = (block, key) => block.match(new RegExp(`^${key} = "(.*)"$`, "m"))?.[1] ?? "";
  const all = cargo.split("[[package]]\n").slice(1);
  return all.map((block) => ({ name: field(block, "name"), version: field(block, "version"), source: field(block, "source"), checksum: field(block, "checksum"),
    needs: (block.match(/^dependencies = \[\n([\s\S]*?)\]/m)?.[1] ?? "").split("\n").map((line) => line.replace(/[",]/g, "").trim()).filter(Boolean) }));
}

const crateRef = (name, version) => `pkg:cargo/${name}@${encodeURIComponent(version)}`;

/** What our programs reach; the rest is only there for the tests. */
function reached(all) {
  const byRef = new Map(crateNeeds(all).map((one) => [one.ref, one.dependsOn]));
  const seen = new Set(), todo = all.filter((one) => !one.source && one.name !== "jukung-tests").map((one) => crateRef(one.name, one.version));
  while (todo.length) {
    const ref = todo.pop();
    if (!seen.has(ref)) { seen.add(ref); todo.push(...byRef.get(ref)); }
  }
  return seen;
}

function crateComponents(all) {
  const ships = reached(all);
  return all.map((one) => ({ type: "library", "bom-ref": crateRef(one.name, one.version), name: one.name, version: one.version, purl: crateRef(one.name, one.version), scope: ships.has(crateRef(one.name, one.version)) ? "required" : "excluded",
    ...(one.source ? {} : { description: "ours" }), ...(one.checksum ? { hashes: [{ alg: "SHA-256", content: one.checksum }] } : {}) }));
}

/** `name` or `name version`, as Cargo.lock writes a dependency. */
function crateNeeds(all) {
  const versions = (name) => all.filter((one) => one.name === name).map((one) => one.version);
  const ref = (need) => { const [name, version] = need.split(" "); return crateRef(name, version ?? versions(name)[0]); };
  return all.map((one) => ({ ref: crateRef(one.name, one.version), dependsOn: one.needs.map(ref) }));
}

function npmComponents() {
  const purl = (name, version) => `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return Object.entries(npm.packages).filter(([path]) => path).map(([path, one]) => {
    const name = path.split("node_modules/").pop();
    const [alg, content] = (one.integrity ?? "").split("-");
    const hashes = alg === "sha512" ? { hashes: [{ alg: "SHA-512", content: Buffer.from(content, "base64").toString("hex") }] } : {};
    const license = one.license ? { licenses: [{ expression: one.license }] } : {};
    return { type: "library", "bom-ref": `${purl(name, one.version)}#${path}`, name, version: one.version, purl: purl(name, one.version), scope: one.dev ? "excluded" : "required", ...license, ...hashes };
  });
}

const all = crates();
const hash = createHash("sha256").update(cargo).update(JSON.stringify(npm)).digest("hex");
const serial = `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
const version = all.find((one) => one.name === "jukung")?.version ?? all.find((one) => one.name === "jukung-office")?.version;
const whole = { type: "application", "bom-ref": "jukung", name: "jukung", version, licenses: [{ license: { id: "MIT" } }] };
const ours = all.filter((one) => !one.source).map((one) => crateRef(one.name, one.version));
const bom = { bomFormat: "CycloneDX", specVersion: "1.6", serialNumber: serial, version: 1,
  metadata: { component: whole, tools: { components: [{ type: "application", name: "tools/sbom.mjs" }] } },
  components: [...crateComponents(all), ...npmComponents()], dependencies: [{ ref: "jukung", dependsOn: ours }, ...crateNeeds(all)] };
process.stdout.write(`${JSON.stringify(bom, null, 1)}\n`);
