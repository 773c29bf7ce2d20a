// Takes out of package-lock.json what names a host: addresses of downloads and of funding pages. Versions and hashes stay.
// Called by `make assets ARGS=lock`, after npm has written the file.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const held of Object.values(lock.packages)) {
  delete held.resolved;
  delete held.funding;
}
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
